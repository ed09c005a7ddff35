"""What the first calls of a hundred new tokens do to somebody whose token is verified already.

Argon2 takes a first call as long as a hundred later ones. It is asked once for each token, one token at a time, so a
verified token waits for one verification at most, however many others are new: here on one worker, which is the worst.
A hundred callers at once hold up others also when nothing has to be verified, so that is measured beside it.
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
AGAIN_SECONDS = 1  # as Retry-After has it
PATH = "/v1/still"


class FirstCalls(NamedTuple):
    """In seconds: how long Argon2 takes for one token, and how long a verified token's slowest call took."""

    verification: float
    while_new: float
    while_known: float  # the same hundred callers, once all of their tokens were verified


def first_calls(cast: Cast) -> FirstCalls:
    verification = median(_seconds(_verify) for _ in range(VERIFICATIONS))
    with serving(WEB_WORKERS="1") as (url, _), httpx.Client(base_url=url) as verified:
        headers = headers_of(BearerClient(cast.tokens["0"]))

        def call() -> None:
            assert verified.get(PATH, headers=headers).status_code == 200

        def slowest_beside(others: Callable[[], object]) -> float:
            with ProcessPoolExecutor(1) as pool:  # so that they do not hold up whoever measures
                done = pool.submit(others)
                return max(_seconds(call) for _ in iter(done.done, True))

        def burst(tokens: list[str]) -> float:
            return slowest_beside(partial(_call_once, tokens, url))

        call()
        burst([cast.tokens["0"]] * len(cast.new_tokens))  # each thread has its database connection then
        while_new = burst(cast.new_tokens)
        return FirstCalls(verification, while_new, median(burst(cast.new_tokens) for _ in range(BURSTS)))


def _call_once(tokens: list[str], url: str) -> None:
    """Call with each token until it is answered, all at once."""
    with ThreadPoolExecutor(len(tokens)) as threads:
        list(threads.map(partial(_until_verified, url), tokens))


def _until_verified(url: str, token: str) -> None:
    """Call again as long as the answer is that others are being verified."""
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
