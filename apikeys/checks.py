"""System checks: Django refuses to start while one of them fails."""

from django.core.checks import CheckMessage, Error


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
