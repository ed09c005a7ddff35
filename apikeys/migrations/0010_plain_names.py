"""Plain names in the code for tables and columns that stay as they are, for older code beside this one."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

KEYS = [
    migrations.RemoveConstraint(model_name="apikey", name="only_bearer_tokens_have_a_hash"),
    migrations.RenameField(model_name="apikey", old_name="secret_check", new_name="secret_prefix_digest"),
    migrations.AlterField(
        model_name="apikey",
        name="secret_prefix_digest",
        field=models.CharField(blank=True, db_column="secret_check", editable=False, max_length=8),
    ),
    migrations.AddConstraint(
        model_name="apikey",
        constraint=models.CheckConstraint(
            condition=Q(kind="signing", secret_hash="", secret_prefix_digest="", public_id__startswith="ed25519:")
            | (Q(kind="bearer") & ~Q(secret_hash="") & ~Q(secret_prefix_digest="")),
            name="only_bearer_tokens_have_a_hash",
        ),
    ),
    migrations.RenameField(model_name="apikey", old_name="submission", new_name="idempotency_key"),
    migrations.AlterField(
        model_name="apikey",
        name="idempotency_key",
        field=models.UUIDField(db_column="submission", default=uuid.uuid4, editable=False, unique=True),
    ),
]
USAGE = [
    migrations.RemoveIndex(model_name="keyusage", name="usage_to_roll_up"),
    migrations.RenameField(model_name="keyusage", old_name="grain", new_name="resolution"),
    migrations.AlterField(
        model_name="keyusage",
        name="resolution",
        field=models.PositiveSmallIntegerField(
            choices=[(0, "Ten Minutes"), (1, "Hour"), (2, "Day"), (3, "day, by network")],
            db_column="grain",
            db_default=0,
        ),
    ),
    migrations.AddIndex(
        model_name="keyusage", index=models.Index(fields=["resolution", "starts_at"], name="usage_to_roll_up")
    ),
]
NOTIFICATIONS = [
    migrations.RenameModel("Notice", "Notification"),
    migrations.AlterModelTable("notification", "apikeys_notice"),
    migrations.AlterField(
        model_name="notification",
        name="user",
        field=models.ForeignKey(
            on_delete=django.db.models.deletion.PROTECT,
            related_name="notifications",
            to=settings.AUTH_USER_MODEL,
        ),
    ),
    migrations.AlterField(
        model_name="notification",
        name="key",
        field=models.ForeignKey(
            blank=True,
            null=True,
            on_delete=django.db.models.deletion.PROTECT,
            related_name="notifications",
            to="apikeys.apikey",
        ),
    ),
    migrations.RenameModel("NoticeChoices", "NotificationPreferences"),
    migrations.AlterModelTable("notificationpreferences", "apikeys_noticechoices"),
    migrations.AlterField(
        model_name="notificationpreferences",
        name="user",
        field=models.OneToOneField(
            on_delete=django.db.models.deletion.CASCADE,
            related_name="notification_preferences",
            to=settings.AUTH_USER_MODEL,
        ),
    ),
]
DECISIONS = [
    migrations.RenameModel("Decision", "FindingDecision"),
    migrations.AlterModelTable("findingdecision", "apikeys_decision"),
    migrations.RenameField(model_name="findingdecision", old_name="marks", new_name="grounds"),
    migrations.AlterField(
        model_name="findingdecision",
        name="grounds",
        field=models.JSONField(db_column="marks", default=list),
    ),
]


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("apikeys", "0009_required_access"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(state_operations=[*KEYS, *USAGE, *NOTIFICATIONS, *DECISIONS]),
    ]
