"""How long an idle connection stays open, and the header that says so.

If a client sends a request just as the server closes the connection, the request is lost, and most clients don't repeat
a write. So connections stay open longer than most bots pause (they loop every 5 to 60 seconds), and clients are asked
to stop using one a few seconds before it is closed.
"""

from gunicorn.http import wsgi

KEPT_SECONDS = 65
EARLIER_SECONDS = 5  # how much earlier the client should stop using a connection


class _Response(wsgi.Response):  # type: ignore[misc]  # gunicorn has no types
    def default_headers(self) -> list[str]:
        headers: list[str] = super().default_headers()
        if not self.upgrade and not self.should_close():
            headers.append(f"Keep-Alive: timeout={announced(self.cfg.keepalive)}\r\n")
        return headers


def announced(kept: int) -> int:
    """Return the seconds in the header, for connections that are kept this long."""
    return max(1, kept - EARLIER_SECONDS)


def announce() -> None:
    """Add the header to every response whose connection stays open.

    gunicorn doesn't send it, drops it if the application sets it, and has no setting for its response class.
    """
    wsgi.Response = _Response
