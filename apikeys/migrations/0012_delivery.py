"""More plain names in the code for columns that stay as they are: delivery, findings sent, leaked."""

from django.db import migrations, models
from django.db.models import Q

EVENT_KINDS = [
    ("created", "Created"),
    ("edited", "Edited"),
    ("paused", "Paused"),
    ("resumed", "Resumed"),
    ("regenerated", "Regenerated"),
    ("revoked", "deleted"),
    ("exposed", "secret leaked"),
    ("alarmed", "used from elsewhere"),
    ("reviewed", "Reviewed"),
    ("snoozed", "finding snoozed"),
    ("accepted", "finding accepted"),
    ("reopened", "finding re-opened"),
]
NOTIFICATION_KINDS = [
    ("created", "Created"),
    ("widened", "may do more"),
    ("regenerated", "Regenerated"),
    ("paused", "Paused"),
    ("deleted", "Deleted"),
    ("exposed", "secret leaked"),
    ("alarmed", "used from elsewhere"),
    ("expiring", "Expiring"),
    ("expired", "Expired"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("apikeys", "0011_notification_addresses"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveIndex(model_name="notification", name="notices_to_mail"),
                migrations.RenameField(model_name="notification", old_name="mailing", new_name="delivery"),
                migrations.AlterField(
                    model_name="notification",
                    name="delivery",
                    field=models.CharField(
                        choices=[("now", "Immediate"), ("daily", "Daily"), ("never", "None")],
                        db_column="mailing",
                        max_length=5,
                    ),
                ),
                migrations.AddIndex(
                    model_name="notification",
                    index=models.Index(
                        condition=Q(mailed_at=None) & ~Q(delivery="never"),
                        fields=["delivery", "user"],
                        name="notices_to_mail",
                    ),
                ),
                migrations.RenameField(
                    model_name="notificationpreferences", old_name="findings_told", new_name="findings_sent"
                ),
                migrations.AlterField(
                    model_name="notificationpreferences",
                    name="findings_sent",
                    field=models.JSONField(blank=True, db_column="findings_told", default=list),
                ),
                migrations.AlterField(
                    model_name="keyevent",
                    name="kind",
                    field=models.CharField(choices=EVENT_KINDS, max_length=12),
                ),
                migrations.AlterField(
                    model_name="notification",
                    name="kind",
                    field=models.CharField(choices=NOTIFICATION_KINDS, max_length=12),
                ),
            ]
        ),
    ]
