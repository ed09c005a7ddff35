"""Seed the markets. Rules follow Orderly's listing parameters: price_range 3 % from 20x leverage up and 5 % at 10x,
price_scope 60 %, 10 USDC least value, MMR half of IMR, liquidation fees by leverage, largest order about 3 million USDC
for the three biggest coins, 1 million and 500,000 for the next ones; BTC's imr_factor is that of Orderly's documentation.
Marks are starting points: the price feed moves them."""

from decimal import Decimal
from typing import Any

from django.db import migrations

NAMES = ["mark_price", "quote_max", "quote_tick", "base_min", "base_max", "base_tick", "base_imr", "imr_factor"]
MARKETS = {
    "PERP_BTC_USDC": ["95000", "200000", "0.1", "0.00001", "20", "0.00001", "0.02", "0.0000002512"],
    "PERP_ETH_USDC": ["3100", "100000", "0.01", "0.0001", "1000", "0.0001", "0.02", "0.0000003170"],
    "PERP_SOL_USDC": ["150", "10000", "0.001", "0.01", "20000", "0.01", "0.05", "0.0000007925"],
    "PERP_XRP_USDC": ["2.2", "1000", "0.0001", "0.1", "450000", "0.1", "0.05", "0.0000013800"],
    "PERP_DOGE_USDC": ["0.16", "100", "0.00001", "1", "6000000", "1", "0.05", "0.0000013800"],
    "PERP_ARB_USDC": ["0.25", "100", "0.0001", "1", "2000000", "1", "0.1", "0.0000048050"],
}
BY_LEVERAGE = {  # price_range, std_liquidation_fee, claim_insurance_fund_discount
    "0.02": ("0.03", "0.008", "0.004"),
    "0.05": ("0.03", "0.015", "0.0075"),
    "0.1": ("0.05", "0.024", "0.01"),
}


def seed(apps: Any, schema_editor: Any) -> None:
    for symbol, values in MARKETS.items():
        rules = dict(zip(NAMES, map(Decimal, values), strict=True))
        price_range, liquidation_fee, discount = map(Decimal, BY_LEVERAGE[values[6]])
        apps.get_model("trading", "Market").objects.create(
            symbol=symbol,
            **rules,
            base_mmr=rules["base_imr"] / 2,
            min_notional=Decimal(10),
            price_range=price_range,
            price_scope=Decimal("0.6"),
            std_liquidation_fee=liquidation_fee,
            liquidator_fee=liquidation_fee / 2,
            claim_insurance_fund_discount=discount,
            cap_funding=Decimal("0.000375") if symbol == "PERP_BTC_USDC" else Decimal("0.00375"),
            floor_funding=Decimal("-0.000375") if symbol == "PERP_BTC_USDC" else Decimal("-0.00375"),
            interest_rate=Decimal("0.0001"),
        )


def unseed(apps: Any, schema_editor: Any) -> None:
    apps.get_model("trading", "Market").objects.filter(symbol__in=MARKETS).delete()


class Migration(migrations.Migration):
    dependencies = [("trading", "0001_paper_venue")]
    operations = [migrations.RunPython(seed, unseed)]
