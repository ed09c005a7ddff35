"""Signals, for other packages and apps."""

from django.dispatch import Signal

# Sent in the transaction of the change. `events`: its `KeyEvent`s, all of one key and one kind. `widens`: whether it
# adds access.
key_events_recorded = Signal()
usage_flushed = Signal()  # `buckets`: the counts that were just written
