"""System checks: Django refuses to start while one of them fails."""

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning


def every_view_says_who_may_call(**kwargs: object) -> list[CheckMessage]:
    """Refuse to start with an API view that declares nothing (`manage.py check`, and start-up through wsgi)."""
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
    """Warn of a deployment that clients reach without a proxy (`manage.py check --deploy`)."""
    if settings.TRUSTED_PROXIES:
        return []
    return [
        Warning(
            "TRUSTED_PROXIES names no proxy, so clients reach this server by themselves.",
            hint="Put a proxy in front that ends https and bounds how many connections a client may have: see Deploy "
            "in the README. Without one, a few thousand connections that say nothing keep everybody else out.",
            id="apikeys.W001",
        )
    ]
