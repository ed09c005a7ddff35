"""What a key is granted, and what an API view may ask for."""

from enum import StrEnum


class Permission(StrEnum):
    """What a key is granted. The two are independent: a key has one, the other, or both."""

    READ = "read"
    TRADING = "trading"
    __hash__ = str.__hash__  # an enum's own takes as long as all the rest of a look into a dictionary


class Access(StrEnum):
    """What a view may ask for instead of a permission."""

    ANY_KEY = "any_key"  # any live key, whatever it is granted
    PUBLIC = "public"  # nobody in particular: credentials are not even looked at
    __hash__ = str.__hash__


RequiredAccess = Permission | Access
