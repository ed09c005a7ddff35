"""Accounts, their keys, and their history. Only `apikeys.keys` writes keys, and no row of a key is ever deleted."""

from apikeys.models.accounts import Account, random_account_id, random_uid
from apikeys.models.audit import AppendOnly, EventKind, KeyEvent
from apikeys.models.keys import EXPIRING_SOON, MAX_LIFETIME, AddressRule, ApiKey, ApiKeyQuerySet, Kind, Purpose, Status
from apikeys.models.notifications import Delivery, Notification, NotificationKind, NotificationPreferences
from apikeys.models.request_log import LoggedRequest
from apikeys.models.review import FindingDecision
from apikeys.models.signatures import UsedSignature
from apikeys.models.usage import KeyUsage, Resolution

__all__ = [
    "EXPIRING_SOON",
    "MAX_LIFETIME",
    "Account",
    "AddressRule",
    "ApiKey",
    "ApiKeyQuerySet",
    "AppendOnly",
    "Delivery",
    "EventKind",
    "FindingDecision",
    "KeyEvent",
    "KeyUsage",
    "Kind",
    "LoggedRequest",
    "Notification",
    "NotificationKind",
    "NotificationPreferences",
    "Purpose",
    "Resolution",
    "Status",
    "UsedSignature",
    "random_account_id",
    "random_uid",
]
