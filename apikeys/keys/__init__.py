"""Everything that can be done to a key, one file for each act. Each act is one transaction and records one event.

No other package writes keys. Creating a key, or giving it more access, requires a recent sign-in; restricting, pausing
and deleting one don't.
"""
