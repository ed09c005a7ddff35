from decimal import Decimal

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import perptools.trading.fields


class Migration(migrations.Migration):
    dependencies = [
        ("apikeys", "0001_accounts_keys_events_usage"),
        ("trading", "0002_first_markets"),
    ]

    operations = [
        migrations.CreateModel(
            name="Candle",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "resolution",
                    models.CharField(choices=[("1m", "Minute"), ("1h", "Hour"), ("1d", "Day")], max_length=2),
                ),
                ("starts_at", models.DateTimeField()),
                ("open", perptools.trading.fields.AmountField()),
                ("high", perptools.trading.fields.AmountField()),
                ("low", perptools.trading.fields.AmountField()),
                ("close", perptools.trading.fields.AmountField()),
                ("volume", perptools.trading.fields.AmountField(default=Decimal("0"))),
                ("amount", perptools.trading.fields.AmountField(default=Decimal("0"))),
            ],
            options={
                "ordering": ["-starts_at"],
            },
        ),
        migrations.CreateModel(
            name="FundingPayment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveBigIntegerField()),
                ("rate", perptools.trading.fields.AmountField()),
                ("mark_price", perptools.trading.fields.AmountField()),
                ("amount", perptools.trading.fields.AmountField()),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "ordering": ["-created_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="FundingRate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveBigIntegerField()),
                ("rate", perptools.trading.fields.AmountField()),
                ("mark_price", perptools.trading.fields.AmountField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "ordering": ["-number"],
            },
        ),
        migrations.AlterModelOptions(
            name="fill",
            options={"ordering": ["-created_at", "-id"]},
        ),
        migrations.AlterModelOptions(
            name="order",
            options={"ordering": ["-created_at", "-id"]},
        ),
        migrations.AlterModelOptions(
            name="transfer",
            options={"ordering": ["-created_at", "-id"]},
        ),
        migrations.RemoveConstraint(
            model_name="market",
            name="a_mark_price_is_positive",
        ),
        migrations.RemoveConstraint(
            model_name="order",
            name="an_order_is_for_something",
        ),
        migrations.RemoveConstraint(
            model_name="order",
            name="an_order_price_is_positive",
        ),
        migrations.RemoveIndex(
            model_name="fill",
            name="fills_of_an_account",
        ),
        migrations.RemoveIndex(
            model_name="order",
            name="orders_of_an_account",
        ),
        migrations.AddField(
            model_name="balance",
            name="cancel_on_maintenance",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="fill",
            name="value",
            field=perptools.trading.fields.AmountField(default=Decimal("0")),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="market",
            name="fundings",
            field=models.PositiveBigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="market",
            name="half_spread",
            field=perptools.trading.fields.AmountField(default=Decimal("0.0001")),
        ),
        migrations.AddField(
            model_name="market",
            name="index_price",
            field=perptools.trading.fields.AmountField(default=Decimal("1")),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="market",
            name="last_funding_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="market",
            name="last_funding_rate",
            field=perptools.trading.fields.AmountField(default=Decimal("0")),
        ),
        migrations.AddField(
            model_name="market",
            name="level_step",
            field=perptools.trading.fields.AmountField(default=Decimal("0.0002")),
        ),
        migrations.AddField(
            model_name="market",
            name="level_value",
            field=perptools.trading.fields.AmountField(default=Decimal("1000")),
        ),
        migrations.AddField(
            model_name="market",
            name="next_funding_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="market",
            name="premium_samples",
            field=models.PositiveBigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="market",
            name="premium_sum",
            field=perptools.trading.fields.AmountField(default=Decimal("0")),
        ),
        migrations.AddField(
            model_name="market",
            name="sum_unitary_funding",
            field=perptools.trading.fields.AmountField(default=Decimal("0")),
        ),
        migrations.AddField(
            model_name="order",
            name="amount",
            field=perptools.trading.fields.AmountField(null=True),
        ),
        migrations.AddField(
            model_name="order",
            name="visible_quantity",
            field=perptools.trading.fields.AmountField(default=Decimal("0")),
        ),
        migrations.AddField(
            model_name="position",
            name="fundings",
            field=models.PositiveBigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="position",
            name="open_orders",
            field=models.PositiveBigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="position",
            name="orders",
            field=models.PositiveBigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="transfer",
            name="reason",
            field=models.CharField(
                choices=[
                    ("FUNDS", "Paper funds"),
                    ("RESET", "Paper funds reset"),
                    ("INSURANCE", "Loss beyond the account, borne by the insurance fund"),
                ],
                default="FUNDS",
                max_length=9,
            ),
        ),
        migrations.AlterField(
            model_name="fill",
            name="account",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="fills", to="apikeys.account"
            ),
        ),
        migrations.AlterField(
            model_name="fill",
            name="market",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="fills", to="trading.market"
            ),
        ),
        migrations.AlterField(
            model_name="order",
            name="account",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="orders", to="apikeys.account"
            ),
        ),
        migrations.AlterField(
            model_name="order",
            name="market",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="orders", to="trading.market"
            ),
        ),
        migrations.AlterField(
            model_name="order",
            name="type",
            field=models.CharField(
                choices=[
                    ("LIMIT", "Limit"),
                    ("MARKET", "Market"),
                    ("IOC", "Ioc"),
                    ("FOK", "Fok"),
                    ("POST_ONLY", "Post Only"),
                    ("ASK", "Ask"),
                    ("BID", "Bid"),
                ],
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="position",
            name="account",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="positions",
                to="apikeys.account",
            ),
        ),
        migrations.AlterField(
            model_name="position",
            name="market",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="positions",
                to="trading.market",
            ),
        ),
        migrations.AlterField(
            model_name="transfer",
            name="account",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="transfers",
                to="apikeys.account",
            ),
        ),
        migrations.AddIndex(
            model_name="fill",
            index=models.Index(fields=["account", "-created_at", "-id"], name="fills_of_an_account"),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["account", "-created_at", "-id"], name="orders_of_an_account"),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                fields=["account", "market", "-created_at", "-id"], name="orders_of_an_account_by_market"
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("status__in", ["NEW", "PARTIAL_FILLED"])),
                fields=["account", "-created_at", "-id"],
                name="open_orders_of_an_account",
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["account", "-updated_at", "-id"], name="orders_by_last_change"),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("client_order_id", ""), _negated=True),
                fields=["account", "client_order_id", "-id"],
                name="orders_by_client_order_id",
            ),
        ),
        migrations.AddIndex(
            model_name="position",
            index=models.Index(
                condition=models.Q(("quantity", 0), _negated=True),
                fields=["market", "account"],
                name="held_positions_of_a_market",
            ),
        ),
        migrations.AddIndex(
            model_name="transfer",
            index=models.Index(fields=["account", "-created_at", "-id"], name="transfers_of_an_account"),
        ),
        migrations.AddConstraint(
            model_name="market",
            constraint=models.CheckConstraint(
                condition=models.Q(("index_price__gt", 0), ("mark_price__gt", 0)), name="a_mark_price_is_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="market",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("half_spread__gt", 0), ("half_spread__lt", 1), ("level_step__gte", 0), ("level_value__gt", 0)
                ),
                name="a_book_has_a_spread_and_depth",
            ),
        ),
        migrations.AddConstraint(
            model_name="market",
            constraint=models.CheckConstraint(
                condition=models.Q(("floor_funding__lte", models.F("cap_funding")), ("funding_period__gte", 1)),
                name="funding_is_bounded",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("quantity__gt", 0), ("visible_quantity__gte", 0), ("visible_quantity__lte", models.F("quantity"))
                ),
                name="an_order_is_for_something",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("price", None), ("type", "MARKET")), ("price__gt", 0), _connector="OR"),
                name="an_order_price_is_positive",
            ),
        ),
        migrations.AddField(
            model_name="candle",
            name="market",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="candles", to="trading.market"
            ),
        ),
        migrations.AddField(
            model_name="fundingpayment",
            name="account",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="funding_payments",
                to="apikeys.account",
            ),
        ),
        migrations.AddField(
            model_name="fundingpayment",
            name="market",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="trading.market"
            ),
        ),
        migrations.AddField(
            model_name="fundingrate",
            name="market",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="funding_rates",
                to="trading.market",
            ),
        ),
        migrations.AddConstraint(
            model_name="candle",
            constraint=models.UniqueConstraint(
                fields=("market", "resolution", "starts_at"), name="one_candle_at_a_time"
            ),
        ),
        migrations.AddConstraint(
            model_name="candle",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("high__gte", models.F("open")),
                    ("low__gt", 0),
                    ("low__lte", models.F("open")),
                    ("high__gte", models.F("close")),
                    ("low__lte", models.F("close")),
                ),
                name="a_candle_spans_its_prices",
            ),
        ),
        migrations.AddIndex(
            model_name="fundingpayment",
            index=models.Index(fields=["account", "-created_at", "-id"], name="fundings_of_an_account"),
        ),
        migrations.AddConstraint(
            model_name="fundingpayment",
            constraint=models.UniqueConstraint(
                fields=("account", "market", "number"), name="a_funding_is_charged_once"
            ),
        ),
        migrations.AddIndex(
            model_name="fundingrate",
            index=models.Index(fields=["market", "-at"], name="fundings_of_a_market"),
        ),
        migrations.AddConstraint(
            model_name="fundingrate",
            constraint=models.UniqueConstraint(fields=("market", "number"), name="fundings_are_numbered"),
        ),
    ]
