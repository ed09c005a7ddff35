"""gunicorn's access log: clients behind proxies, paths without their query, text or JSON."""

from typing import Any

from gunicorn.glogging import Logger

from apikeys.network import client_ip
from apikeys.network.client_ip import ClientIP
from perptools import log_formatters, settings


class Log(Logger):  # type: ignore[misc]
    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for handler in (*self.error_log.handlers, *self.access_log.handlers):
            written = handler.formatter
            handler.setFormatter(
                log_formatters.JsonLines()
                if settings.LOG_FORMAT == "json"
                else log_formatters.Sentences(written._fmt, written.datefmt)
            )

    def atoms(self, resp: Any, req: Any, environ: dict[str, Any], request_time: Any) -> dict[str, Any]:
        """Log the client's IP address behind proxies, and the path as it was sent, without the query.

        The path is escaped, because a decoded %0A would forge a line.
        """
        path = environ["RAW_URI"].partition("?")[0]
        changed = {"U": ascii(path)[1:-1], "h": str(client_of(environ)) or "unknown"}
        return {**super().atoms(resp, req, environ, request_time), **changed}

    def access(self, resp: Any, req: Any, environ: dict[str, Any], request_time: Any) -> None:
        if settings.LOG_FORMAT != "json":
            super().access(resp, req, environ, request_time)
            return
        atoms = self.atoms(resp, req, environ, request_time)
        fields = {"address": "h", "method": "m", "path": "U", "status": "s", "bytes": "B", "ms": "M"}
        facts = {name: atoms[atom] for name, atom in fields.items()} | {"request_id": atoms.get("{x-request-id}o")}
        self.access_log.info("%s %s", atoms["m"], atoms["U"], extra=facts)


def client_of(environ: dict[str, Any]) -> ClientIP:
    peer = client_ip.read_peer(environ.get("REMOTE_ADDR", ""))
    return client_ip.find(peer, environ.get("HTTP_X_FORWARDED_FOR", ""), settings.TRUSTED_PROXIES)
