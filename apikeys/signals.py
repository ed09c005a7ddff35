"""What happens here, for whoever wants to know."""

from django.dispatch import Signal

# Sent in the transaction of the act. `events`: the `KeyEvent`s of one act, all of one key and one kind.
# `widens`: whether the act lets the key do more.
key_events_recorded = Signal()
usage_flushed = Signal()  # `buckets`: what has just been written
