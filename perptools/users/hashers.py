"""Password hashing: as costly for a thief as OWASP recommends, and still bearable for the server."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from threading import BoundedSemaphore, Lock

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.views.decorators.debug import sensitive_variables

from apikeys.crypto import credentials

MOST_AT_ONCE = 4  # per process: one is being hashed and three wait, for 20 ms each
AGAIN_SECONDS = 5

_places = BoundedSemaphore(MOST_AT_ONCE)
_one_at_a_time = Lock()


class TooManyPasswords(Exception):
    """Too many passwords are being hashed: someone guesses from many IP addresses, or many people sign in at once."""


@contextmanager
def turn() -> Iterator[None]:
    """Wait for a turn to hash a password. Raises TooManyPasswords if enough threads are waiting."""
    if not _places.acquire(blocking=False):
        raise TooManyPasswords
    try:
        with _one_at_a_time:
            yield
    finally:
        _places.release()


class PasswordHasher(Argon2PasswordHasher):
    """OWASP's setting for Argon2id, one at a time per process, with a short queue.

    Django's own takes 100 MiB and eight threads per sign-in: 24 wrong passwords at once, from one IP address, delayed
    API requests by 6.6 s where this was measured. Older hashes are renewed at sign-in.
    """

    time_cost = credentials.ARGON2_PASSES
    memory_cost = credentials.ARGON2_KIB
    parallelism = credentials.ARGON2_THREADS

    @sensitive_variables()
    def encode(self, password: str, salt: str) -> str:
        with turn():
            return super().encode(password, salt)

    @sensitive_variables()
    def verify(self, password: str, encoded: str) -> bool:
        with turn():
            return super().verify(password, encoded)


class TooManyPasswordsMiddleware:
    """Answer 503 with Retry-After. The password wasn't checked."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, TooManyPasswords):
            return None
        again = {"Retry-After": str(AGAIN_SECONDS), "Cache-Control": "no-store"}
        page = loader.render_to_string("account/too_many_passwords.html")
        return HttpResponse(page, status=HTTPStatus.SERVICE_UNAVAILABLE, headers=again)
