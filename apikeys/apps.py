from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Tags, register
from django.db.models.signals import post_save


class ApiKeysConfig(AppConfig):
    name = "apikeys"
    verbose_name = "API keys"

    def ready(self) -> None:
        from django.contrib.auth import get_user_model

        from apikeys import alarms, usage
        from apikeys.accounts import open_account

        register(every_view_says_who_may_call, Tags.urls)
        post_save.connect(open_account, sender=get_user_model())
        usage.written.connect(alarms.sound)


def every_view_says_who_may_call(**kwargs: object) -> list[CheckMessage]:
    """Refuse to start with an API view that declares nothing (`manage.py check`, and start-up through wsgi)."""
    from apikeys.permissions import undeclared_views

    return [
        Error(
            f"{view} does not declare who may call it.",
            hint="Wrap it in endpoint(...) with @requires(...), @any_key or @public on each view.",
            id="apikeys.E001",
        )
        for view in undeclared_views()
    ]
