"""Give the markets their books, deeper for the bigger coins, and bring rows of before up to what is kept since."""

from decimal import Decimal
from typing import Any

from django.db import migrations
from django.db.models import F

BOOKS = {  # half_spread, level_step, level_value
    "PERP_BTC_USDC": ("0.00005", "0.0001", "5000"),
    "PERP_ETH_USDC": ("0.00005", "0.0001", "4000"),
    "PERP_SOL_USDC": ("0.0001", "0.0002", "2000"),
    "PERP_XRP_USDC": ("0.0002", "0.0003", "1500"),
    "PERP_DOGE_USDC": ("0.0002", "0.0003", "1500"),
    "PERP_ARB_USDC": ("0.0004", "0.0005", "800"),
}


def deepen(apps: Any, schema_editor: Any) -> None:
    markets = apps.get_model("trading", "Market").objects
    markets.update(index_price=F("mark_price"))
    for symbol, (half_spread, level_step, level_value) in BOOKS.items():
        markets.filter(symbol=symbol).update(
            half_spread=Decimal(half_spread), level_step=Decimal(level_step), level_value=Decimal(level_value)
        )


def bring_up(apps: Any, schema_editor: Any) -> None:
    Order, Fill, Position = (apps.get_model("trading", name) for name in ("Order", "Fill", "Position"))
    Order.objects.update(visible_quantity=F("quantity"))
    for fill in Fill.objects.all():
        fill.value = (fill.price * fill.quantity).quantize(Decimal("0.00000001"))
        fill.save(update_fields=["value"])
    for position in Position.objects.all():
        orders = Order.objects.filter(account_id=position.account_id, market_id=position.market_id)
        position.orders = orders.count()
        position.open_orders = orders.filter(status__in=["NEW", "PARTIAL_FILLED"]).count()
        position.save(update_fields=["orders", "open_orders"])


class Migration(migrations.Migration):
    dependencies = [("trading", "0003_full_venue")]
    operations = [
        migrations.RunPython(deepen, migrations.RunPython.noop),
        migrations.RunPython(bring_up, migrations.RunPython.noop),
    ]
