from django.apps import AppConfig
from django.db.models.signals import pre_save


class UsersConfig(AppConfig):
    name = "perptools.users"
    verbose_name = "Users"

    def ready(self) -> None:
        from django.contrib.auth.models import User

        from perptools.users import deactivation

        pre_save.connect(deactivation.follow, sender=User)
