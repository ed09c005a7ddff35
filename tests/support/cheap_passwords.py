"""Passwords hashed as the product hashes them, at the least cost: hundreds of tests sign in, and few are about that."""

from perptools.users.hashers import PasswordHasher


class CheapPasswordHasher(PasswordHasher):
    time_cost = 1
    memory_cost = 8  # KiB
