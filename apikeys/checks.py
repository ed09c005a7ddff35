"""System checks. Django doesn't start if one of them reports an error."""

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning


def every_view_declares_its_access(**kwargs: object) -> list[CheckMessage]:
    """Report API views that don't declare who can use them, at start and in `manage.py check`."""
    from apikeys.http.endpoints import undeclared_views

    return [
        Error(
            f"{view} does not declare who may call it.",
            hint="Wrap it in endpoint(...) with @requires(...), @any_key or @public on each view.",
            id="apikeys.E001",
        )
        for view in undeclared_views()
    ]


def a_proxy_is_in_front(**kwargs: object) -> list[CheckMessage]:
    """Warn if clients reach the server without a proxy (`manage.py check --deploy`)."""
    if settings.TRUSTED_PROXIES:
        return []
    return [
        Warning(
            "TRUSTED_PROXIES names no proxy, so clients reach this server directly.",
            hint="Put a proxy in front that terminates https and limits the connections per client: see "
            "perptools/server/README.md. Without one, a few thousand silent connections keep everyone else out.",
            id="apikeys.W001",
        )
    ]


def proxies_forward_client_ips(**kwargs: object) -> list[CheckMessage]:
    """Warn if a trusted proxy didn't send client IPs (`manage.py check --deploy`, on the machine that serves)."""
    from apikeys.http import unknown_clients

    at = unknown_clients.warned_at()
    if at is None:
        return []
    return [
        Warning(
            f"A trusted proxy didn't send the client's IP address at {at:%Y-%m-%d %H:%M} UTC: keys with an IP "
            "restriction rejected its requests.",
            hint="Let it add each client's IP address to X-Forwarded-For: see perptools/server/README.md. The log has "
            "what it sent. This warning ends a day later.",
            id="apikeys.W002",
        )
    ]
