"""Keep count of fills, and let indexes answer what lists are narrowed by and sums are made of."""

from typing import Any

from django.db import migrations, models
from django.db.models import Count


def count(apps: Any, schema_editor: Any) -> None:
    Fill, Position = (apps.get_model("trading", name) for name in ("Fill", "Position"))
    for row in Fill.objects.order_by().values("account_id", "market_id").annotate(fills=Count("id")):
        Position.objects.filter(account_id=row["account_id"], market_id=row["market_id"]).update(fills=row["fills"])


class Migration(migrations.Migration):
    dependencies = [
        ("trading", "0005_closed_orders"),
    ]

    operations = [
        migrations.AddField(
            model_name="position",
            name="fills",
            field=models.PositiveBigIntegerField(default=0),
        ),
        migrations.RunPython(count, migrations.RunPython.noop),
        migrations.RemoveIndex(
            model_name="fill",
            name="fills_of_an_account",
        ),
        migrations.RemoveIndex(
            model_name="order",
            name="orders_of_an_account",
        ),
        migrations.RemoveIndex(
            model_name="order",
            name="orders_of_an_account_by_market",
        ),
        migrations.AddIndex(
            model_name="fill",
            index=models.Index(
                fields=["account", "-created_at", "-id", "market", "value", "fee", "realized_pnl"],
                name="fills_of_an_account",
            ),
        ),
        migrations.AddIndex(
            model_name="fill",
            index=models.Index(fields=["account", "market", "-created_at", "-id"], name="fills_by_market"),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                fields=["account", "-created_at", "-id", "status", "side", "type", "tag"], name="orders_of_an_account"
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                fields=["account", "market", "-created_at", "-id", "status", "side", "type", "tag"],
                name="orders_by_market",
            ),
        ),
    ]
