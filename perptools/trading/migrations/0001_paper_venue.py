from decimal import Decimal

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import perptools.trading.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("apikeys", "0001_accounts_keys_events_usage"),
    ]

    operations = [
        migrations.CreateModel(
            name="Balance",
            fields=[
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="balance",
                        serialize=False,
                        to="apikeys.account",
                    ),
                ),
                ("holding", perptools.trading.fields.AmountField(default=Decimal("0"))),
                ("leverage", models.PositiveSmallIntegerField(default=10)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("leverage__gte", 1), ("leverage__lte", 50)),
                        name="leverage_is_between_1_and_50",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Market",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("symbol", models.CharField(max_length=32, unique=True)),
                (
                    "status",
                    models.CharField(
                        choices=[("ACTIVE", "Active"), ("REDUCE_ONLY", "Reduce only"), ("HALTED", "Halted")],
                        default="ACTIVE",
                        max_length=12,
                    ),
                ),
                ("mark_price", perptools.trading.fields.AmountField()),
                ("quote_min", perptools.trading.fields.AmountField(default=Decimal("0"))),
                ("quote_max", perptools.trading.fields.AmountField()),
                ("quote_tick", perptools.trading.fields.AmountField()),
                ("base_min", perptools.trading.fields.AmountField()),
                ("base_max", perptools.trading.fields.AmountField()),
                ("base_tick", perptools.trading.fields.AmountField()),
                ("min_notional", perptools.trading.fields.AmountField()),
                ("price_range", perptools.trading.fields.AmountField()),
                ("price_scope", perptools.trading.fields.AmountField()),
                ("base_imr", perptools.trading.fields.AmountField()),
                ("base_mmr", perptools.trading.fields.AmountField()),
                ("imr_factor", perptools.trading.fields.AmountField(places=14)),
                ("std_liquidation_fee", perptools.trading.fields.AmountField()),
                ("liquidator_fee", perptools.trading.fields.AmountField()),
                ("claim_insurance_fund_discount", perptools.trading.fields.AmountField()),
                ("funding_period", models.PositiveSmallIntegerField(default=8)),
                ("cap_funding", perptools.trading.fields.AmountField()),
                ("floor_funding", perptools.trading.fields.AmountField()),
                ("interest_rate", perptools.trading.fields.AmountField()),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "ordering": ["id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("symbol__regex", "^PERP_[0-9A-Z]+_USDC$")), name="a_market_is_a_usdc_perp"
                    ),
                    models.CheckConstraint(condition=models.Q(("mark_price__gt", 0)), name="a_mark_price_is_positive"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("base_max__gte", models.F("base_min")),
                            ("base_min__gt", 0),
                            ("base_tick__gt", 0),
                            ("quote_tick__gt", 0),
                        ),
                        name="ticks_and_lots_are_positive",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("base_imr__gt", models.F("base_mmr")), ("base_imr__lte", 1), ("base_mmr__gt", 0)
                        ),
                        name="initial_margin_exceeds_maintenance",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Order",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("client_order_id", models.CharField(blank=True, max_length=36)),
                ("type", models.CharField(choices=[("LIMIT", "Limit"), ("MARKET", "Market")], max_length=12)),
                ("side", models.CharField(choices=[("BUY", "Buy"), ("SELL", "Sell")], max_length=4)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("NEW", "New"),
                            ("PARTIAL_FILLED", "Partial Filled"),
                            ("FILLED", "Filled"),
                            ("CANCELLED", "Cancelled"),
                        ],
                        default="NEW",
                        max_length=14,
                    ),
                ),
                ("price", perptools.trading.fields.AmountField(null=True)),
                ("quantity", perptools.trading.fields.AmountField()),
                ("executed_quantity", perptools.trading.fields.AmountField(default=Decimal("0"))),
                ("executed_value", perptools.trading.fields.AmountField(default=Decimal("0"))),
                ("fee", perptools.trading.fields.AmountField(default=Decimal("0"))),
                ("realized_pnl", perptools.trading.fields.AmountField(default=Decimal("0"))),
                ("reduce_only", models.BooleanField(default=False)),
                ("tag", models.CharField(blank=True, max_length=128)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="orders", to="apikeys.account"
                    ),
                ),
                (
                    "market",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="orders", to="trading.market"
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="Fill",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("side", models.CharField(choices=[("BUY", "Buy"), ("SELL", "Sell")], max_length=4)),
                ("price", perptools.trading.fields.AmountField()),
                ("quantity", perptools.trading.fields.AmountField()),
                ("fee", perptools.trading.fields.AmountField()),
                ("realized_pnl", perptools.trading.fields.AmountField()),
                ("is_maker", models.BooleanField()),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="fills", to="apikeys.account"
                    ),
                ),
                (
                    "market",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="fills", to="trading.market"
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="fills", to="trading.order"
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="Position",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("quantity", perptools.trading.fields.AmountField(default=Decimal("0"))),
                ("cost", perptools.trading.fields.AmountField(default=Decimal("0"))),
                ("pending_long", perptools.trading.fields.AmountField(default=Decimal("0"))),
                ("pending_short", perptools.trading.fields.AmountField(default=Decimal("0"))),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="positions", to="apikeys.account"
                    ),
                ),
                (
                    "market",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="positions", to="trading.market"
                    ),
                ),
            ],
            options={
                "ordering": ["market_id"],
            },
        ),
        migrations.CreateModel(
            name="Transfer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("side", models.CharField(choices=[("DEPOSIT", "Deposit"), ("WITHDRAW", "Withdraw")], max_length=8)),
                ("amount", perptools.trading.fields.AmountField()),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="transfers", to="apikeys.account"
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["account", "-id"], name="orders_of_an_account"),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("status__in", ["NEW", "PARTIAL_FILLED"])),
                fields=["market", "side", "price"],
                name="resting_orders_by_price",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("status__in", ["NEW", "PARTIAL_FILLED"]), models.Q(("client_order_id", ""), _negated=True)
                ),
                fields=("account", "client_order_id"),
                name="open_client_order_ids_are_unique",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(("quantity__gt", 0)), name="an_order_is_for_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(("price", None), ("price__gt", 0), _connector="OR"),
                name="an_order_price_is_positive",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("executed_quantity", 0), ("status", "NEW")),
                    models.Q(
                        ("executed_quantity__gt", 0),
                        ("executed_quantity__lt", models.F("quantity")),
                        ("status", "PARTIAL_FILLED"),
                    ),
                    models.Q(("executed_quantity", models.F("quantity")), ("status", "FILLED")),
                    models.Q(
                        ("executed_quantity__gte", 0),
                        ("executed_quantity__lt", models.F("quantity")),
                        ("status", "CANCELLED"),
                    ),
                    _connector="OR",
                ),
                name="an_order_fills_up_to_its_quantity",
            ),
        ),
        migrations.AddIndex(
            model_name="fill",
            index=models.Index(fields=["account", "-id"], name="fills_of_an_account"),
        ),
        migrations.AddIndex(
            model_name="fill",
            index=models.Index(fields=["market", "-id"], name="fills_of_a_market"),
        ),
        migrations.AddConstraint(
            model_name="fill",
            constraint=models.CheckConstraint(
                condition=models.Q(("price__gt", 0), ("quantity__gt", 0)), name="a_fill_is_for_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="position",
            constraint=models.UniqueConstraint(fields=("account", "market"), name="one_position_per_market"),
        ),
        migrations.AddConstraint(
            model_name="position",
            constraint=models.CheckConstraint(
                condition=models.Q(("pending_long__gte", 0), ("pending_short__gte", 0)),
                name="pending_is_never_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="position",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("cost", 0), ("quantity", 0)),
                    models.Q(("cost__gte", 0), ("quantity__gt", 0)),
                    models.Q(("cost__lte", 0), ("quantity__lt", 0)),
                    _connector="OR",
                ),
                name="cost_has_the_sign_of_the_quantity",
            ),
        ),
        migrations.AddConstraint(
            model_name="transfer",
            constraint=models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="a_transfer_moves_something"),
        ),
    ]
