"""Anyone who finds a token or a secret key can report it. Its key is paused, and its owner is notified.

We answer before we check the report, so that neither the answer nor its time tells whether the secret was valid.
"""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.db import connection
from django.views.decorators.debug import sensitive_variables

from apikeys.authentication import rate_limit
from apikeys.leaks import detection
from apikeys.network.client_ip import ClientIP

logger = logging.getLogger(__name__)

LONGEST_REPORT = 4_000  # characters
REASON = "Its secret was reported as leaked."
THANKS = "Thank you. If this is a key’s secret, we’ve paused the key and told its owner."

_one_at_a_time = ThreadPoolExecutor(max_workers=1, thread_name_prefix="leak reports")


@sensitive_variables()
def receive(text: str, client_ip: ClientIP) -> None:
    """Accept a report. Raises TooManyFailures if its IP address has sent too many."""
    rate_limit.charge_failure(f"report:{client_ip.bucket}")  # all of unknown IP addresses share one
    later(lambda: detection.pause_keys_in(text, REASON, str(client_ip)))


def later(work: Callable[[], None]) -> None:
    _one_at_a_time.submit(_do, work)


def _do(work: Callable[[], None]) -> None:
    try:
        work()
    except Exception:
        logger.exception("A leak report could not be followed up")
    finally:
        connection.close()  # the thread's own; reports are rare
