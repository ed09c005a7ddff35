"""The log of single requests."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("apikeys", "0012_delivery"),
    ]

    operations = [
        migrations.CreateModel(
            name="LoggedRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(db_index=True)),
                ("method", models.CharField(max_length=8)),
                ("path", models.CharField(max_length=200)),
                ("required", models.CharField(max_length=8)),
                ("status", models.PositiveSmallIntegerField()),
                ("reason", models.CharField(blank=True, max_length=32)),
                ("address", models.CharField(blank=True, max_length=45)),
                ("client", models.CharField(blank=True, max_length=64)),
                ("duration_ms", models.PositiveIntegerField()),
                ("request_id", models.CharField(max_length=32)),
                ("left_out", models.PositiveIntegerField(default=0)),
                (
                    "key",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="logged_requests",
                        to="apikeys.apikey",
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
                "indexes": [models.Index(fields=["key", "-id"], name="requests_of_a_key")],
            },
        ),
    ]
