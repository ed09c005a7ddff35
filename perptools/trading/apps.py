from django.apps import AppConfig
from django.db.models.signals import post_save


class TradingConfig(AppConfig):
    name = "perptools.trading"
    label = "trading"
    verbose_name = "Paper trading"

    def ready(self) -> None:
        from apikeys.models import Account
        from perptools.trading.signals import open_account

        post_save.connect(open_account, sender=Account)
