from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db.models.signals import post_save

from apikeys.checks import a_proxy_is_in_front, every_view_declares_its_access, proxies_forward_client_ips


class ApiKeysConfig(AppConfig):
    name = "apikeys"
    verbose_name = "API keys"

    def ready(self) -> None:
        from django.contrib.auth import get_user_model

        from apikeys import signals
        from apikeys.keys.accounts import open_account
        from apikeys.leaks import alerts
        from apikeys.notifications import receivers

        register(every_view_declares_its_access, Tags.urls)
        register(a_proxy_is_in_front, Tags.security, deploy=True)
        register(proxies_forward_client_ips, Tags.security, deploy=True)
        post_save.connect(open_account, sender=get_user_model())
        signals.key_events_recorded.connect(receivers.notify_owner)
        signals.usage_flushed.connect(alerts.alert_owners)
