"""Where one request ends and the next begins, however their bytes arrive."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perptools.server.arrival import LARGEST_BODY, LARGEST_HEAD, Arrival, Lane

HEAD = b"POST /v1/order HTTP/1.1\r\nHost: x\r\n"
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
WITH_BODY = HEAD + b"Content-Length: 5\r\n\r\nhello"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
IN_CHUNKS = CHUNKED + b"5;a=b\r\nhello\r\nA\r\n0\r\n\r\n56789\r\n0\r\n\r\n"
WITH_TRAILER = CHUNKED + b"1\r\nx\r\n0\r\nX-Sum: 1\r\n\r\n"

requests = st.lists(st.sampled_from([GET, WITH_BODY, IN_CHUNKS, WITH_TRAILER]), min_size=1, max_size=4)


def pieces_of(whole: bytes, offsets: set[int]) -> list[bytes]:
    cuts = [0, *sorted(offset % len(whole) for offset in offsets), len(whole)]
    return [whole[start:end] for start, end in pairwise(cuts)]


@given(sent=requests, offsets=st.sets(st.integers(0, 1000), max_size=8))
def test_requests_are_told_apart_however_they_are_cut(sent: list[bytes], offsets: set[int]) -> None:
    arrival, taken = Arrival(), []
    for piece in pieces_of(b"".join(sent), offsets):
        arrival.add(piece)
        while arrival.is_ready:
            assert arrival.is_whole
            taken.append(arrival.take())
    assert (taken, len(arrival)) == (sent, 0)


@pytest.mark.parametrize("whole", [GET, WITH_BODY, IN_CHUNKS, WITH_TRAILER])
def test_nothing_is_ready_before_its_last_byte(whole: bytes) -> None:
    arrival = Arrival()
    for byte in whole[:-1]:
        arrival.add(bytes([byte]))
        assert not arrival.is_ready
    arrival.add(whole[-1:])
    assert arrival.is_whole


def refusal_of(sent: bytes, *, ended: bool = False) -> int | None:
    arrival = Arrival()
    arrival.add(sent)
    if ended:
        arrival.end()
    assert arrival.rejection is None or arrival.is_ready
    return arrival.rejection and arrival.rejection.value


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET / HTTP/1.1\r\nX: " + b"a" * LARGEST_HEAD, 431),
        (CHUNKED + b"no size\r\n", 400),
        (CHUNKED + b"-1\r\n", 400),
        (CHUNKED + b"0x5\r\nhello\r\n", 400),
        (CHUNKED + b"5\nhello\r\n", 400),
        (CHUNKED + b"5\r\nhello!\r\n", 400),
        (CHUNKED + b"1" * 300, 400),
        (CHUNKED + b"fffffff\r\n", 413),
        (CHUNKED + b"0\r\n" + b"X: a\r\n" * 20_000, 431),
    ],
)
def test_what_need_not_be_read_on_is_refused(sent: bytes, status: int) -> None:
    assert refusal_of(sent) == status


@pytest.mark.parametrize("cut", [1, 5, 12, len(IN_CHUNKS) - len(CHUNKED) - 1])
def test_chunks_that_end_too_early_are_refused(cut: int) -> None:
    sent = IN_CHUNKS[: len(CHUNKED) + cut]
    assert (refusal_of(sent), refusal_of(sent, ended=True)) == (None, 400)


def test_of_a_large_body_nothing_is_waited_for() -> None:
    arrival = Arrival()
    arrival.add(HEAD + b"Content-Length: %d\r\n\r\n" % (LARGEST_BODY + 1))
    assert (arrival.is_ready, arrival.is_whole) == (True, False)


def test_half_a_request_is_ready_once_nothing_more_will_come() -> None:
    arrival = Arrival()
    arrival.add(WITH_BODY[:-1])
    arrival.end()
    assert (arrival.is_ready, arrival.is_whole) == (True, False)


def test_who_says_nothing_has_asked_for_nothing() -> None:
    arrival = Arrival()
    arrival.end()
    assert not arrival.is_ready


@pytest.mark.parametrize("header", [b"Expect: 100-continue", b"expect:100-Continue "])
def test_who_waits_to_be_told_to_go_on_is_told(header: bytes) -> None:
    arrival = Arrival()
    arrival.add(HEAD + header + b"\r\nContent-Length: 5\r\n\r\n")
    assert (arrival.wants_to_continue, arrival.is_ready) == (True, False)


@pytest.mark.parametrize(
    ("head", "lane"),
    [
        (b"GET /v1/client/holding HTTP/1.1\r\nHost: x\r\nCookie: session=a\r\n\r\n", Lane.API),
        (
            b"POST /portfolio/ HTTP/1.1\r\ncookie: zone=UTC; session=a\r\nContent-Length: 0\r\n\r\n",
            Lane.SESSION,
        ),
        (b"GET /guide HTTP/1.1\r\nHost: x\r\nCookie: csrf=a\r\nX: session=a\r\n\r\n", Lane.STRANGER),
        (b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n", Lane.SESSION),
        (b"GET /guide?/v1/ HTTP/1.1\r\nHost: x\r\n\r\n", Lane.STRANGER),
    ],
)
def test_a_head_tells_whom_a_request_is_from(head: bytes, lane: Lane) -> None:
    arrival = Arrival()
    arrival.add(head)
    assert arrival.lane == lane
    arrival.take()
    assert arrival.lane == Lane.STRANGER
