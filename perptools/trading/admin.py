"""The venue in the Django admin. Admins can set prices and halt markets, but only the venue moves money."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from apikeys.edited_fields import EditedFieldsForm
from apikeys.readonly_admin import ReadOnlyAdmin
from perptools.trading.market_data import mark_prices
from perptools.trading.models import Balance, Fill, Market, MarketStatus, Order, Position, Transfer
from perptools.trading.paper import accounts as paper_accounts


class MarketForm(EditedFieldsForm):
    moving = frozenset({"mark_price"})

    def clean_mark_price(self) -> Decimal:
        price: Decimal = self.cleaned_data["mark_price"]
        market: Market = self.instance
        if not max(market.quote_min, market.quote_tick) <= price <= market.quote_max:
            raise forms.ValidationError(f"A mark price is between {market.quote_tick} and {market.quote_max}.")
        return price


@admin.register(Market)
class MarketAdmin(ReadOnlyAdmin):
    form = MarketForm
    list_display = ["symbol", "status", "mark_price", "index_price", "updated_at"]
    list_filter = ["status"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return admin.ModelAdmin.has_change_permission(self, request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [field.name for field in Market._meta.fields if field.name not in ("status", "mark_price")]

    def save_model(self, request: HttpRequest, obj: Market, form: Any, change: bool) -> None:
        if "status" in form.changed_data:
            mark_prices.set_status(obj.symbol, MarketStatus(obj.status))
        if "mark_price" in form.changed_data:
            mark_prices.set_mark(obj.symbol, obj.mark_price)


@admin.register(Balance)
class BalanceAdmin(ReadOnlyAdmin):
    list_display = ["account", "holding", "leverage", "updated_at"]
    list_select_related = ["account"]
    search_fields = ["account__account_id", "account__uid"]
    actions = ["reset_paper_funds"]

    def has_reset_permission(self, request: HttpRequest) -> bool:
        return admin.ModelAdmin.has_change_permission(self, request)

    @admin.action(description="Reset paper funds, and close all orders and positions", permissions=["reset"])
    def reset_paper_funds(self, request: HttpRequest, chosen: QuerySet[Balance]) -> None:
        for balance in chosen:
            paper_accounts.reset(balance.account_id)
        self.message_user(request, f"{len(chosen)} accounts reset.")


@admin.register(Transfer)
class TransferAdmin(ReadOnlyAdmin):
    list_display = ["account", "side", "amount", "created_at"]
    list_select_related = ["account"]
    list_filter = ["side"]
    search_fields = ["account__account_id", "account__uid"]


@admin.register(Position)
class PositionAdmin(ReadOnlyAdmin):
    list_display = ["account", "market", "quantity", "average_open_price", "unsettled_pnl", "updated_at"]
    list_select_related = ["account", "market"]
    list_filter = ["market"]
    search_fields = ["account__account_id", "account__uid"]


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    list_display = ["id", "account", "market", "side", "type", "price", "quantity", "executed_quantity", "status"]
    list_select_related = ["account", "market"]
    list_filter = ["status", "side", "type", "market"]
    search_fields = ["account__account_id", "account__uid", "client_order_id"]
    show_full_result_count = False


@admin.register(Fill)
class FillAdmin(ReadOnlyAdmin):
    list_display = ["id", "account", "market", "side", "price", "quantity", "fee", "realized_pnl", "created_at"]
    list_select_related = ["account", "market"]
    list_filter = ["side", "is_maker", "market"]
    search_fields = ["account__account_id", "account__uid"]
    show_full_result_count = False
