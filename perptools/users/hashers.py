"""How passwords are hashed: as costly for whoever steals the hashes as OWASP asks, and bearable for the server."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from threading import BoundedSemaphore, Lock

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.views.decorators.debug import sensitive_variables

from apikeys.crypto import credentials

MOST_AT_ONCE = 4  # in each process: one that is hashed, and three that wait, for 20 ms each
AGAIN_SECONDS = 5

_places = BoundedSemaphore(MOST_AT_ONCE)
_one_at_a_time = Lock()


class TooManyPasswords(Exception):
    """Enough passwords are being hashed; somebody guesses from many addresses, or many people sign in at once."""


@contextmanager
def turn() -> Iterator[None]:
    """Wait for the turn to hash a password. Raises TooManyPasswords rather than keep yet another thread waiting."""
    if not _places.acquire(blocking=False):
        raise TooManyPasswords
    try:
        with _one_at_a_time:
            yield
    finally:
        _places.release()


class PasswordHasher(Argon2PasswordHasher):
    """OWASP's Argon2id setting, one at a time in each process, and few that wait.

    Django's own takes 100 MiB and eight threads for each sign-in: 24 at once, from one address and with no right
    password, kept a key's calls waiting for 6.6 s where this was measured. Older hashes are renewed at sign-in.
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
    """Say so, and when to try again: nobody looked at the password."""

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
