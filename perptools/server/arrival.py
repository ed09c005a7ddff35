"""Buffer a request until it is complete, so that no thread waits for a slow client (no gunicorn).

This only finds the end of a request, and is lenient: gunicorn's parser reads the request again and rejects what is
invalid.
"""

import re
from enum import Enum
from http import HTTPStatus

from apikeys.crypto.request_signing import API_PATH
from perptools.settings import DATA_UPLOAD_MAX_MEMORY_SIZE as LARGEST_BODY  # the application answers 413 to more
from perptools.settings import SESSION_COOKIE_NAME

LARGEST_HEAD = 65_536  # bytes; no client sends a quarter of this
LONGEST_CHUNK_LINE = 256  # bytes

_END = b"\r\n\r\n"
# In lower case, because the head is converted before anything is looked for in it.
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,18})[ \t]*(?=\r\n)")
_CODED = b"\r\ntransfer-encoding:"
_COOKIE = b"\r\ncookie:"
_API = re.compile(rb"[a-z]+ " + API_PATH.encode())
_PROBE = re.compile(rb"[a-z]+ /(?:healthz|readyz)[ ?]")
_SESSION = re.compile(rb"\r\ncookie:[^\r\n]*\b%s=" % re.escape(SESSION_COOKIE_NAME.lower().encode()))
_EXPECTS = re.compile(rb"\r\nexpect:[ \t]*100-continue[ \t]*(?=\r\n)")
_CHUNK = re.compile(rb"([0-9a-fA-F]{1,8})[ \t]*(?:;[^\r\n]*)?\r\n")


class Lane(Enum):
    """The kind of client, as far as the head of its request tells. Each kind has its own threads."""

    API = "api"
    SESSION = "session"  # signed-in people, or those who claim to be; and health checks
    STRANGER = "stranger"


class Arrival:
    """The bytes of a connection after the last request that was handed over."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._ended = False
        self._begin()

    def _begin(self) -> None:
        self._searched = 0  # bytes without the end of the head
        self._head = 0  # bytes of the head, once it is complete
        self._whole = 0  # bytes of the request, once its length is known
        self._chunk = 0  # start of the next chunk in a chunked body
        self._is_too_large = False
        self.rejection: HTTPStatus | None = None  # the status for a request that isn't worth parsing
        self.wants_to_continue = False  # the client waits for 100 Continue before it sends the body
        self.lane = Lane.STRANGER

    def __len__(self) -> int:
        return len(self._bytes)

    def add(self, received: bytes) -> None:
        self._bytes += received
        self._look()

    def end(self) -> None:
        """Nothing more will come."""
        self._ended = True
        if self._chunk and not self.is_whole:
            self.rejection = self.rejection or HTTPStatus.BAD_REQUEST

    @property
    def is_whole(self) -> bool:
        return 0 < self._whole <= len(self._bytes)

    @property
    def is_ready(self) -> bool:
        """Whether there is something to answer: a complete request, or one of which nothing more will be read."""
        return self.is_whole or self._is_too_large or self.rejection is not None or (self._ended and bool(self._bytes))

    def take(self) -> bytes:
        """Return the request that is ready. The bytes after it begin the next one."""
        size = self._whole if self.is_whole else len(self._bytes)
        taken = bytes(self._bytes[:size])
        del self._bytes[:size]
        self._begin()
        self._look()
        return taken

    def _look(self) -> None:
        if not self._head:
            self._look_for_head()
        if self._chunk and not self._whole:
            self._look_for_last_chunk()

    def _look_for_head(self) -> None:
        end = self._bytes.find(_END, max(0, self._searched - len(_END)))
        self._searched = len(self._bytes)
        if end < 0:
            if len(self._bytes) > LARGEST_HEAD:
                self.rejection = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            return
        self._head = end + len(_END)
        head = bytes(self._bytes[: end + 2]).lower()
        if _API.match(head):
            self.lane = Lane.API
        elif _PROBE.match(head) or (_COOKIE in head and _SESSION.search(head)):
            self.lane = Lane.SESSION
        lengths = _LENGTH.findall(head)
        if _CODED in head:
            self._chunk = self._head
        elif len(lengths) == 1 and int(lengths[0]) > LARGEST_BODY:
            self._is_too_large = True
        elif len(lengths) == 1:
            self._whole = self._head + int(lengths[0])
            self.wants_to_continue = bool(_EXPECTS.search(head))
        else:
            self._whole = self._head  # without a body, or with lengths that will be rejected

    def _look_for_last_chunk(self) -> None:
        """Find the end of a chunked body. Reject an invalid chunk, after which no next request can be found."""
        while line := _CHUNK.match(self._bytes, self._chunk, self._chunk + LONGEST_CHUNK_LINE):
            size = int(line[1], 16)
            if not size:
                if (end := self._bytes.find(_END, line.end() - 2)) >= 0:
                    self._whole = end + len(_END)
                elif len(self._bytes) > line.end() + LARGEST_HEAD:
                    self.rejection = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
                return
            after = line.end() + size
            if after > self._head + LARGEST_BODY:
                self.rejection = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
                return
            if not b"\r\n".startswith(self._bytes[after : after + 2]):
                self.rejection = HTTPStatus.BAD_REQUEST
                return
            if len(self._bytes) < after + 2:
                return
            self._chunk = after + 2
        begun = self._bytes[self._chunk : self._chunk + LONGEST_CHUNK_LINE]
        if len(begun) == LONGEST_CHUNK_LINE or b"\n" in begun:
            self.rejection = HTTPStatus.BAD_REQUEST
