"""gunicorn's configuration, for the demo and for a deployment: `gunicorn -c python:perptools.server.config`.

gunicorn gives a connection a thread as soon as it is opened, and takes it back when the client is done, however long
that takes. `Worker` gives threads to requests only, and for a bounded time.
"""

import logging
import os

from gunicorn.arbiter import Arbiter

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "perptools.settings")

from perptools import settings
from perptools.server import worker_pool
from perptools.server.access_log import Log
from perptools.server.worker import Worker


def take_place(arbiter: Arbiter, worker: Worker) -> None:
    worker.place = worker_pool.free_place(each.place for each in arbiter.WORKERS.values())


def settle(arbiter: Arbiter, worker: Worker) -> None:
    worker_pool.keep_to_one_core(worker.place, worker.cfg.workers)


def leave_place(arbiter: Arbiter, worker: Worker) -> None:
    """Nobody is there to be quicker, also when it was killed."""
    worker_pool.leave(worker.place)


def flush_usage(arbiter: Arbiter, worker: Worker) -> None:
    if worker.booted:
        from apikeys.usage import recorder as usage_recorder  # not before Django is set up

        usage_recorder.flush()


wsgi_app = "perptools.wsgi"
bind = "127.0.0.1:8000"
workers = settings.WEB_WORKERS
threads = settings.WEB_THREADS
worker_class = Worker
pre_fork = take_place
post_fork = settle
child_exit = leave_place
worker_exit = flush_usage

sendfile = False  # an answer is sent by whoever has the time: see Worker
keepalive = 5
timeout = 30
graceful_timeout = 10

limit_request_line = 4094
limit_request_fields = 64
limit_request_field_size = 8190

# Only TRUSTED_PROXIES says whose headers are believed; gunicorn's own defaults believe every neighbour.
header_map = "drop"
forwarder_headers = ""
forwarded_allow_ips = ""
secure_scheme_headers: dict[str, str] = {}
control_socket_disable = True

logging.captureWarnings(True)  # Python's own, in the same form as the rest
logger_class = Log
accesslog = "-"
access_log_format = '%(h)s %(t)s "%(m)s %(U)s" %(s)s %(B)s %(M)sms'
