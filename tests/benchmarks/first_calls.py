"""What the first calls of a hundred new tokens do to somebody whose token is verified already.

Argon2 takes a first call as long as a thousand later ones. It is asked once for each token, one token at a time, so a
verified token waits for one verification at most, however many others are new: here on one worker, which is the worst.
"""

import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from statistics import median
from typing import NamedTuple

import httpx

from apikeys import credentials
from tests.benchmarks.cast import Cast
from tests.benchmarks.over_http import of, serving
from tests.clients import BearerClient

IN_PEACE, VERIFICATIONS = 200, 5
AGAIN_SECONDS = 1  # as Retry-After has it
PATH = "/v1/still"


class FirstCalls(NamedTuple):
    """In seconds, how long a verified token's calls took, and how long Argon2 takes for one token."""

    verification: float
    in_peace: float  # the median
    middle: float  # meanwhile
    worst: float
    calls: int
    until_all: float  # new tokens were verified

    @property
    def delay(self) -> float:
        """The worst delay, in verifications."""
        return (self.worst - self.in_peace) / self.verification


def first_calls(cast: Cast) -> FirstCalls:
    verification = median(_seconds(_verify) for _ in range(VERIFICATIONS))
    with serving(WEB_WORKERS="1") as (url, _), httpx.Client(base_url=url) as verified:
        headers = of(BearerClient(cast.tokens["0"]))

        def call() -> None:
            assert verified.get(PATH, headers=headers).status_code == 200

        call()
        in_peace = median(_seconds(call) for _ in range(IN_PEACE))
        meanwhile = []
        with ProcessPoolExecutor(1) as others:  # so that they do not hold up whoever measures
            until_all = others.submit(_first_calls_of, cast.new_tokens, url)
            while not until_all.done():
                meanwhile.append(_seconds(call))
    return FirstCalls(verification, in_peace, median(meanwhile), max(meanwhile), len(meanwhile), until_all.result())


def _first_calls_of(tokens: list[str], url: str) -> float:
    started = time.perf_counter()
    with ThreadPoolExecutor(len(tokens)) as threads:
        list(threads.map(partial(_until_verified, url), tokens))
    return time.perf_counter() - started


def _until_verified(url: str, token: str) -> None:
    """Call again as long as the answer is that others are being verified."""
    with httpx.Client(base_url=url) as client:
        while client.get(PATH, headers=of(BearerClient(token))).status_code != 200:
            time.sleep(AGAIN_SECONDS)


def _verify() -> None:
    assert not credentials.hash_matches("x" * 43, _HASH)


_HASH = credentials.mint_bearer_token().secret_hash


def _seconds(do: Callable[[], object]) -> float:
    started = time.perf_counter()
    do()
    return time.perf_counter() - started
