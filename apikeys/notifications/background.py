"""What a request leaves to one thread of its process, because it may take long: talking to a mail server.

What is left may be lost with the process, or when too much waits. A notice is not lost: it is in the database, and
`send_key_notices` sends what is due.
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
    """Drop what is left to the thread meanwhile. Whoever asks for this has the notices sent later."""
    global _dropping
    _dropping = True
    try:
        yield
    finally:
        _dropping = False


def soon(act: Callable[[], object]) -> None:
    """Have an act done in a moment. It may fail, which is logged; nobody waits for it."""
    if _dropping:
        return
    if not settings.MAIL_IN_BACKGROUND:
        _do(act)
        return
    try:
        _waiting.put_nowait(act)
    except Full:
        logger.error("More than %s mails wait for the mail server: one was dropped.", MOST_WAITING)
    _start()


def _start() -> None:
    """Start the thread with the first act: one that is started before gunicorn forks is not in its workers."""
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
    except Exception:  # what a mail tells has happened, whether or not the mail server is up
        logger.exception("A mail could not be sent.")
