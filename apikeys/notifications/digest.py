"""The daily digest: at most one mail a day with the notifications that can wait and the new findings of the review.

Days are UTC, because the server doesn't know traders' time zones. The first run of a day sends the digest; what happens
later is in the next day's.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from uuid import uuid4

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet

from apikeys.db.batching import batches, locked
from apikeys.models import ApiKey, Delivery, Notification, NotificationPreferences
from apikeys.notifications import delivery
from apikeys.review import decisions
from apikeys.review.findings import Finding
from apikeys.wording import counted

BATCH = 200  # traders whose keys are reviewed together
MOST_FINDINGS = 10  # in one mail


def send_all(now: datetime) -> int:
    """Send today's digests that haven't been sent yet. Returns how many."""
    return sum(_send_to(batch, now) for batch in batches(_readers(now), BATCH))


def _readers(now: datetime) -> QuerySet[User]:
    today = now.astimezone(UTC).date()
    has_keys = Q(pk__in=ApiKey.objects.live().values("account__user"))
    has_notifications = Q(pk__in=Notification.objects.filter(delivery=Delivery.DAILY, mailed_at=None).values("user"))
    had_it = Q(pk__in=NotificationPreferences.objects.filter(digest_on=today).values("user"))
    return User.objects.filter(has_keys | has_notifications, ~had_it, is_active=True).exclude(email="")


def _send_to(users: Collection[User], now: datetime) -> int:
    claimed = _claim_day(users, now)
    keys = ApiKey.objects.live().filter(account__user__in=[choices.user_id for choices in claimed])
    open_findings: dict[int, list[Finding]] = defaultdict(list)
    for finding in decisions.review(list(keys.select_related("account__user")), now).open:
        open_findings[finding.key.account.user_id].append(finding)
    notifications = _notifications(claimed)
    return sum(_send(choices, notifications[choices.user_id], open_findings[choices.user_id]) for choices in claimed)


def _claim_day(users: Collection[User], now: datetime) -> list[NotificationPreferences]:
    """Claim today's digests of these traders, except for those that another run has claimed."""
    today, claim_id = now.astimezone(UTC).date(), uuid4()
    NotificationPreferences.objects.bulk_create(
        [NotificationPreferences(user=user) for user in users], ignore_conflicts=True
    )
    free = NotificationPreferences.objects.filter(Q(digest_on=None) | ~Q(digest_on=today), user__in=users)
    with transaction.atomic():
        locked(free).update(digest_on=today, digest_claim=claim_id)
    return list(NotificationPreferences.objects.filter(digest_claim=claim_id).select_related("user"))


def _notifications(claimed: Collection[NotificationPreferences]) -> Mapping[int, list[Notification]]:
    users = [choices.user_id for choices in claimed]
    of: dict[int, list[Notification]] = defaultdict(list)
    for notification in delivery.claim(Notification.objects.filter(user__in=users, delivery=Delivery.DAILY)):
        of[notification.user_id].append(notification)
    return of


def _send(choices: NotificationPreferences, notifications: list[Notification], findings: list[Finding]) -> bool:
    wanted = [notification for notification in notifications if wants(choices, notification)]
    delivery.do_not_send(notification for notification in notifications if notification not in wanted)
    sent = set(choices.findings_sent)
    new = [finding for finding in findings if name_of(finding) not in sent] if choices.findings else []
    something = bool(wanted or new)
    if something and not delivery.send(choices.user, _subject(wanted, new), _parts(wanted, new, len(findings)), wanted):
        NotificationPreferences.objects.filter(pk=choices.pk).update(digest_on=None)  # the next run tries again
        return False
    if sent != (open_now := set(map(name_of, findings))):
        NotificationPreferences.objects.filter(pk=choices.pk).update(findings_sent=sorted(open_now))
    return something


def wants(choices: NotificationPreferences, notification: Notification) -> bool:
    return choices.expiry if notification.kind in delivery.EXPIRY else choices.changes


def name_of(finding: Finding) -> str:
    """Identify a finding across digests. A finding whose level has risen counts as new."""
    return f"{finding.key.pk}:{finding.code}:{finding.level.label}"


def _subject(notifications: list[Notification], findings: list[Finding]) -> str:
    parts = [counted(len(notifications), "notification")] if notifications else []
    parts += [counted(len(findings), "new finding")] if findings else []
    return f"Your API keys today: {', '.join(parts)}"


def _parts(notifications: list[Notification], findings: list[Finding], open_count: int) -> Iterator[str]:
    yield from map(delivery.in_words, notifications)
    if findings:
        yield f"New findings: {len(findings)} ({open_count} open in all)."
        yield "\n".join(f"- “{finding.key.name}”: {finding.sentence}" for finding in findings[:MOST_FINDINGS])
        yield delivery.url("review:list")
    yield f"Manage your email notifications: {delivery.url('settings:page')}"
