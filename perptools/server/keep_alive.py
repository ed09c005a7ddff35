"""How long an idle connection stays open, and the header that tells clients so.

A client that sends a request just as the server closes the connection loses it, and most clients don't repeat a write.
So connections outlive the pause of the commonest bots, which loop every 5 seconds up to once a minute, and clients are
told to stop using one a few seconds before it is closed.
"""

from gunicorn.http import wsgi

KEPT_SECONDS = 65
EARLIER_SECONDS = 5  # that a client is told to stop before the server does


class _Response(wsgi.Response):  # type: ignore[misc]  # gunicorn has no types
    def default_headers(self) -> list[str]:
        headers: list[str] = super().default_headers()
        if not self.upgrade and not self.should_close():
            headers.append(f"Keep-Alive: timeout={announced(self.cfg.keepalive)}\r\n")
        return headers


def announced(kept: int) -> int:
    """Return how many seconds clients are told, for connections that are kept this many."""
    return max(1, kept - EARLIER_SECONDS)


def announce() -> None:
    """Send the header with every answer whose connection is kept.

    gunicorn sends none, drops one that the application sets, and has no setting for the class of its responses.
    """
    wsgi.Response = _Response
