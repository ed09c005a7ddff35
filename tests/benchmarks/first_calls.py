"""How the first requests with a hundred new tokens delay clients whose token is already verified.

Argon2 makes a first request take as long as a hundred later ones. It runs once per token, one token at a time, so a
verified token waits for one verification at most, however many others are new. This measures one worker, the worst
case. A hundred simultaneous clients delay others even without verification, so that is measured, too.
"""

import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from statistics import median
from typing import NamedTuple

import httpx

from apikeys.crypto import credentials
from tests.benchmarks.fixtures import Cast
from tests.benchmarks.over_http import headers_of, serving
from tests.support.api_clients import BearerClient

VERIFICATIONS, BURSTS = 5, 5
AGAIN_SECONDS = 1  # as in Retry-After
PATH = "/v1/still"


class FirstCalls(NamedTuple):
    """In seconds: the time of Argon2 for one token, and of the slowest request with a verified token."""

    verification: float
    while_new: float
    while_known: float  # with the same hundred clients, once all their tokens are verified


def first_calls(cast: Cast) -> FirstCalls:
    verification = median(_seconds(_verify) for _ in range(VERIFICATIONS))
    with serving(WEB_WORKERS="1") as (url, _), httpx.Client(base_url=url) as verified:
        headers = headers_of(BearerClient(cast.tokens["0"]))

        def call() -> None:
            assert verified.get(PATH, headers=headers).status_code == 200

        def slowest_beside(others: Callable[[], object]) -> float:
            with ProcessPoolExecutor(1) as pool:  # so that they don't slow down the measurement
                done = pool.submit(others)
                return max(_seconds(call) for _ in iter(done.done, True))

        def burst(tokens: list[str]) -> float:
            return slowest_beside(partial(_call_once, tokens, url))

        call()
        burst([cast.tokens["0"]] * len(cast.new_tokens))  # opens each thread's database connection
        while_new = burst(cast.new_tokens)
        return FirstCalls(verification, while_new, median(burst(cast.new_tokens) for _ in range(BURSTS)))


def _call_once(tokens: list[str], url: str) -> None:
    """Send requests with all tokens at once, until each is answered."""
    with ThreadPoolExecutor(len(tokens)) as threads:
        list(threads.map(partial(_until_verified, url), tokens))


def _until_verified(url: str, token: str) -> None:
    """Repeat a request as long as the response is that others are being verified."""
    with httpx.Client(base_url=url) as client:
        while client.get(PATH, headers=headers_of(BearerClient(token))).status_code != 200:
            time.sleep(AGAIN_SECONDS)


def _verify() -> None:
    assert not credentials.hash_matches("x" * 43, _HASH)


_HASH = credentials.mint_bearer_token().secret_hash


def _seconds(do: Callable[[], object]) -> float:
    started = time.perf_counter()
    do()
    return time.perf_counter() - started
