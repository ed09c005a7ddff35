"""What happens here, for whoever wants to know."""

from django.dispatch import Signal

usage_flushed = Signal()  # `buckets`: what has just been written
