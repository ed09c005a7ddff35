"""gunicorn's configuration, for the demo and for deployments: `gunicorn -c python:perptools.server.config`.

gunicorn gives a connection a thread when it is opened, until the client is done. `Worker` gives threads to requests
only, and for a limited time.
"""

import logging
import os
from ipaddress import ip_address

from gunicorn.arbiter import Arbiter

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "perptools.settings")

from apikeys.network.client_ip import UNIX
from perptools import settings
from perptools.server import keep_alive, worker_pool
from perptools.server.access_log import Log
from perptools.server.worker import Worker


def look_at_listeners(arbiter: Arbiter) -> None:
    """Refuse to start if no client's IP address would be known. Warn if clients connect without a proxy.

    Raises RuntimeError, which gunicorn prints before it ends.
    """
    sockets = [str(listener) for listener in arbiter.LISTENERS if isinstance(listener.getsockname(), str | bytes)]
    if sockets and UNIX not in settings.TRUSTED_PROXIES:
        raise RuntimeError(
            f"Listening on {', '.join(sockets)}, where requests have no IP address. Add the word unix to "
            "TRUSTED_PROXIES, and let the proxy add each client's IP address to X-Forwarded-For: see "
            "perptools/server/README.md."
        )
    strangers = [str(listener) for listener in arbiter.LISTENERS if not is_of_this_machine(listener.getsockname())]
    if strangers and not settings.TRUSTED_PROXIES:
        arbiter.log.warning(
            "Listening on %s without TRUSTED_PROXIES, so clients reach this server directly. Put a proxy in front that "
            "terminates https and limits the connections per client: see perptools/server/README.md.",
            ", ".join(strangers),
        )


def is_of_this_machine(name: tuple[str, int] | str | bytes) -> bool:
    """Return whether only this machine reaches a listener, because it has a loopback address or is a Unix socket."""
    return isinstance(name, str | bytes) or ip_address(name[0]).is_loopback


def take_slot(arbiter: Arbiter, worker: Worker) -> None:
    worker.slot = worker_pool.free_slot(each.slot for each in arbiter.WORKERS.values())


def settle(arbiter: Arbiter, worker: Worker) -> None:
    worker_pool.keep_to_one_core(worker.slot, worker.cfg.workers)


def leave_slot(arbiter: Arbiter, worker: Worker) -> None:
    """Release the slot of a worker that has ended, even if it was killed."""
    worker_pool.leave(worker.slot)


def flush_usage(arbiter: Arbiter, worker: Worker) -> None:
    if worker.booted:
        from apikeys.usage import recorder as usage_recorder  # can't be imported before Django is set up

        usage_recorder.flush()


wsgi_app = "perptools.wsgi"
bind = "127.0.0.1:8000"
workers = settings.WEB_WORKERS
threads = settings.WEB_THREADS
worker_class = Worker
when_ready = look_at_listeners
pre_fork = take_slot
post_fork = settle
child_exit = leave_slot
worker_exit = flush_usage

sendfile = False  # Worker sends responses without blocking a thread
keepalive = keep_alive.KEPT_SECONDS
timeout = 30
graceful_timeout = 10

# Not gunicorn_h1c, even if it is installed: it halves the 30 µs of parsing, but accepts a request line with two spaces,
# which other servers read differently (0.6.10).
http_parser = "python"
limit_request_line = 4094
limit_request_fields = 64
limit_request_field_size = 8190

# Only TRUSTED_PROXIES decides whose headers are trusted; gunicorn's defaults trust every neighbour.
header_map = "drop"
forwarder_headers = ""
forwarded_allow_ips = ""
secure_scheme_headers: dict[str, str] = {}
control_socket_disable = True

logging.captureWarnings(True)  # Python's warnings, in the same format as the rest
logger_class = Log
accesslog = "-"
access_log_format = '%(h)s %(t)s "%(m)s %(U)s" %(s)s %(B)s %(M)sms'
