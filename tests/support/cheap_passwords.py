"""The product's password hasher at minimal cost, because hundreds of tests sign in."""

from perptools.users.hashers import PasswordHasher


class CheapPasswordHasher(PasswordHasher):
    time_cost = 1
    memory_cost = 8  # KiB
