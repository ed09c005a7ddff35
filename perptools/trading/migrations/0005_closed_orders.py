"""Say with a column of its own which orders are open: an index can be told by it, on both databases."""

from typing import Any

from django.db import migrations, models
from django.db.models import F


def close(apps: Any, schema_editor: Any) -> None:
    final = apps.get_model("trading", "Order").objects.filter(status__in=["FILLED", "CANCELLED"])
    final.update(closed_at=F("updated_at"))


class Migration(migrations.Migration):
    dependencies = [
        ("trading", "0004_books_and_counts"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="order",
            name="open_client_order_ids_are_unique",
        ),
        migrations.RemoveIndex(
            model_name="order",
            name="resting_orders_by_price",
        ),
        migrations.RemoveIndex(
            model_name="order",
            name="open_orders_of_an_account",
        ),
        migrations.RemoveIndex(
            model_name="order",
            name="orders_by_client_order_id",
        ),
        migrations.AddField(
            model_name="order",
            name="closed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.RunPython(close, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("closed_at", None)),
                fields=["account", "-created_at", "-id"],
                name="open_orders_of_an_account",
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["account", "client_order_id", "-id"], name="orders_by_client_order_id"),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("closed_at", None)),
                fields=["market", "side", "price"],
                name="resting_orders_by_price",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.UniqueConstraint(
                condition=models.Q(("closed_at", None), models.Q(("client_order_id", ""), _negated=True)),
                fields=("account", "client_order_id"),
                name="open_client_order_ids_are_unique",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at", None), ("status__in", ["NEW", "PARTIAL_FILLED"])),
                    models.Q(("closed_at__isnull", False), ("status__in", ["FILLED", "CANCELLED"])),
                    _connector="OR",
                ),
                name="a_final_order_is_closed",
            ),
        ),
    ]
