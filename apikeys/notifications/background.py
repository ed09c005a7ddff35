"""Send mails in one background thread of each process, because a mail server can take long to answer.

The thread's work is lost if the process ends or too much is waiting. The notification isn't: it is in the database, and
`send_notifications` sends it later.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Full, Queue
from threading import Lock, Thread

from django.conf import settings
from django.db import close_old_connections

MOST_WAITING = 1000

logger = logging.getLogger(__name__)

_waiting: "Queue[Callable[[], object]]" = Queue(MOST_WAITING)
_starting = Lock()
_thread: Thread | None = None
_dropping = False


@contextmanager
def nothing_soon() -> Iterator[None]:
    """Drop the thread's work in this block, for callers that send the notifications themselves later."""
    global _dropping
    _dropping = True
    try:
        yield
    finally:
        _dropping = False


def soon(act: Callable[[], object]) -> None:
    """Do something in the background. A failure is only logged."""
    if _dropping:
        return
    if not settings.MAIL_IN_BACKGROUND:
        _do(act)
        return
    try:
        _waiting.put_nowait(act)
    except Full:
        logger.error("More than %s mails are waiting for the mail server: one was dropped.", MOST_WAITING)
    _start()


def _start() -> None:
    """Start the thread on first use. A thread that starts before gunicorn forks doesn't exist in its workers."""
    global _thread
    with _starting:
        if not (_thread and _thread.is_alive()):
            _thread = Thread(target=_work, name="mails", daemon=True)
            _thread.start()


def _work() -> None:
    while True:
        act = _waiting.get()
        close_old_connections()
        _do(act)
        close_old_connections()


def _do(act: Callable[[], object]) -> None:
    try:
        act()
    except Exception:  # the change that the mail is about must not fail with it
        logger.exception("A mail could not be sent.")
