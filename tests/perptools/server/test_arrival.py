"""Finding the end of a request, however its bytes arrive."""

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
def test_requests_are_separated_however_they_arrive(sent: list[bytes], offsets: set[int]) -> None:
    arrival, taken = Arrival(), []
    for piece in pieces_of(b"".join(sent), offsets):
        arrival.add(piece)
        while arrival.is_ready:
            assert arrival.is_whole
            taken.append(arrival.take())
    assert (taken, len(arrival)) == (sent, 0)


@pytest.mark.parametrize("whole", [GET, WITH_BODY, IN_CHUNKS, WITH_TRAILER])
def test_request_is_not_ready_before_its_last_byte(whole: bytes) -> None:
    arrival = Arrival()
    for byte in whole[:-1]:
        arrival.add(bytes([byte]))
        assert not arrival.is_ready
    arrival.add(whole[-1:])
    assert arrival.is_whole


def rejection_of(sent: bytes, *, ended: bool = False) -> int | None:
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
def test_unacceptable_request_is_rejected_early(sent: bytes, status: int) -> None:
    assert rejection_of(sent) == status


@pytest.mark.parametrize("cut", [1, 5, 12, len(IN_CHUNKS) - len(CHUNKED) - 1])
def test_incomplete_chunks_are_rejected(cut: int) -> None:
    sent = IN_CHUNKS[: len(CHUNKED) + cut]
    assert (rejection_of(sent), rejection_of(sent, ended=True)) == (None, 400)


def test_too_large_body_is_not_waited_for() -> None:
    arrival = Arrival()
    arrival.add(HEAD + b"Content-Length: %d\r\n\r\n" % (LARGEST_BODY + 1))
    assert (arrival.is_ready, arrival.is_whole) == (True, False)


def test_incomplete_request_is_ready_at_the_end() -> None:
    arrival = Arrival()
    arrival.add(WITH_BODY[:-1])
    arrival.end()
    assert (arrival.is_ready, arrival.is_whole) == (True, False)


def test_silent_connection_has_no_request() -> None:
    arrival = Arrival()
    arrival.end()
    assert not arrival.is_ready


@pytest.mark.parametrize("header", [b"Expect: 100-continue", b"expect:100-Continue "])
def test_expect_100_continue_is_recognized(header: bytes) -> None:
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
def test_head_tells_the_kind_of_client(head: bytes, lane: Lane) -> None:
    arrival = Arrival()
    arrival.add(head)
    assert arrival.lane == lane
    arrival.take()
    assert arrival.lane == Lane.STRANGER
