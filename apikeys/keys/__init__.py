"""Everything that is done to a key, one file per act. Each is one transaction and leaves one event.

No other package writes keys. Narrowing, pausing and deleting ask for nothing. What makes or widens a key asks for a
recent sign-in.
"""
