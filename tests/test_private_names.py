"""Names of libraries that no documentation promises, and that our code overrides or uses.

If an upgrade renames one, an override is silently never called: a writer to SQLite, say, would keep its turn forever.
Each test names the file to look at.
"""

import asyncio
from inspect import signature

import pytest
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import record_authentication
from django.contrib.auth.models import User
from django.core.handlers.wsgi import WSGIHandler
from django.db.backends.sqlite3.base import DatabaseWrapper
from django.db.models.base import ModelState
from gunicorn.glogging import Logger
from gunicorn.http import wsgi
from gunicorn.http.body import Body
from gunicorn.http.message import Request
from gunicorn.workers.gthread import TConn, ThreadWorker

from perptools.server.worker import Worker

OVERRIDDEN = {
    "perptools/server/worker.py": (
        ThreadWorker,
        {
            *("accept", "check_config", "enqueue_req", "finish_request", "get_thread_pool", "handle", "handle_error"),
            *("handle_exit", "handle_quit", "handle_request", "init_process", "murder_keepalived", "run"),
            *("set_accept_enabled", "wait_for_and_dispatch_events"),
        },
    ),
    "perptools/server/connection.py": (TConn, {"init"}),
    "perptools/server/keep_alive.py": (wsgi.Response, {"default_headers", "should_close"}),
    "perptools/server/access_log.py": (Logger, {"setup", "atoms", "access"}),
    "perptools/sqlite/base.py": (
        DatabaseWrapper,
        {"_start_transaction_under_autocommit", "_commit", "_rollback", "_close", "is_in_memory_db"},
    ),
    "perptools/users/adapter.py": (
        DefaultAccountAdapter,
        {
            *("_get_login_attempts_cache_key", "get_client_ip", "post_login", "confirm_email"),
            "get_password_change_redirect_url",
        },
    ),
}


@pytest.mark.parametrize("file", OVERRIDDEN)
def test_every_overridden_method_still_exists(file: str) -> None:
    base, methods = OVERRIDDEN[file]
    missing = [name for name in sorted(methods) if not callable(getattr(base, name, None))]
    assert not missing, f"{base.__qualname__} no longer has {missing}: see {file}"


def test_every_method_of_the_worker_that_gunicorn_has_too_is_listed() -> None:
    shared = {name for name in vars(Worker) if not name.startswith("__") and hasattr(ThreadWorker, name)}
    assert shared == OVERRIDDEN["perptools/server/worker.py"][1]


def test_worker_still_has_what_ours_uses() -> None:
    made = ThreadWorker.__init__.__code__.co_names + ThreadWorker.init_process.__code__.co_names
    base = ThreadWorker.__mro__[1].__init__.__code__.co_names
    used = {"worker_connections", "nr_conns", "method_queue", "poller", "alive", "sockets", "cfg"}
    assert used <= {*made, *base}, "gunicorn's worker has other attributes: see perptools/server/worker.py"


def test_gunicorns_requests_still_have_what_ours_uses() -> None:
    assert callable(Body.read), "see perptools/server/connection.py"
    assert callable(Body.readline), "see perptools/server/connection.py"
    assert callable(Request.force_close), "see perptools/server/worker.py"


def test_django_still_keeps_a_model_in_its_dict_and_state() -> None:
    user = User(username="one")
    assert user.__dict__ | {"_state": None} == {"_state": None} | {
        field.attname: getattr(user, field.attname) for field in User._meta.concrete_fields
    }, "see apikeys/db/prepared.py and perptools/trading/paper/row_writer.py"
    assert (ModelState().db, ModelState().adding) == (None, True)


def test_djangos_handler_still_has_its_chain_of_middleware() -> None:
    handler = WSGIHandler()
    assert callable(handler._middleware_chain), "see perptools/wsgi.py"  # type: ignore[attr-defined]


def test_allauth_still_records_a_sign_in_by_its_method() -> None:
    assert list(signature(record_authentication).parameters)[:2] == ["request", "user"], (
        "see apikeys/reauthentication.py"
    )


def test_python_still_tells_outside_of_a_loop_that_there_is_none() -> None:
    assert asyncio._get_running_loop() is None, "see apikeys/db/driver.py"
