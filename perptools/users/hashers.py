"""How passwords are hashed: as costly for whoever steals the hashes as OWASP asks, and bearable for the server."""

from threading import Lock

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.views.decorators.debug import sensitive_variables

_one_at_a_time = Lock()


class PasswordHasher(Argon2PasswordHasher):
    """OWASP's Argon2id setting, and one at a time in each process.

    Django's own takes 100 MiB and eight threads for each sign-in: 24 at once, from one address and with no right
    password, kept a key's calls waiting for 6.6 s where this was measured. Older hashes are renewed at sign-in.
    """

    time_cost = 2
    memory_cost = 19_456  # KiB
    parallelism = 1

    @sensitive_variables()
    def encode(self, password: str, salt: str) -> str:
        with _one_at_a_time:
            return super().encode(password, salt)

    @sensitive_variables()
    def verify(self, password: str, encoded: str) -> bool:
        with _one_at_a_time:
            return super().verify(password, encoded)
