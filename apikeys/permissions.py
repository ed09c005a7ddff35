"""The permissions of keys, and what an API view can require."""

from enum import StrEnum


class Permission(StrEnum):
    """A key's permissions. They are independent: a key has one, the other, or both."""

    READ = "read"
    TRADING = "trading"
    __hash__ = str.__hash__  # an enum's own hash takes as long as all the rest of a dictionary lookup


class Access(StrEnum):
    """What a view can require instead of a permission."""

    ANY_KEY = "any_key"  # any live key, whatever its permissions
    PUBLIC = "public"  # anyone: credentials aren't even read
    __hash__ = str.__hash__


RequiredAccess = Permission | Access
