from django.urls import path

from apikeys.http.endpoints import endpoint
from perptools.trading.api import accounts, markets, orders

no_algo_orders = endpoint(**dict.fromkeys(("GET", "POST", "PUT", "DELETE"), markets.no_algo_orders))

urlpatterns = [
    path("public/info", endpoint(GET=markets.markets)),
    path("public/info/<str:symbol>", endpoint(GET=markets.market)),
    path("public/token", endpoint(GET=markets.tokens)),
    path("public/chain_info", endpoint(GET=markets.chains)),
    path("public/system_info", endpoint(GET=markets.system_info)),
    path("public/config", endpoint(GET=markets.config)),
    path("public/futures", endpoint(GET=markets.futures)),
    path("public/futures/<str:symbol>", endpoint(GET=markets.futures_of)),
    path("public/market_trades", endpoint(GET=markets.market_trades)),
    path("public/funding_rates", endpoint(GET=markets.funding_rates)),
    path("public/funding_rate/<str:symbol>", endpoint(GET=markets.funding_rate)),
    path("public/funding_rate_history", endpoint(GET=markets.funding_rate_history)),
    path("orderbook/<str:symbol>", endpoint(GET=markets.orderbook)),
    path("kline", endpoint(GET=markets.kline)),
    path("client/info", endpoint(GET=accounts.info)),
    path("client/holding", endpoint(GET=accounts.holding)),
    path("client/leverage", endpoint(GET=accounts.leverage, POST=accounts.set_leverage)),
    path("client/maintenance_config", endpoint(POST=accounts.set_maintenance)),
    path("client/statistics", endpoint(GET=accounts.account_statistics)),
    path("account_info", endpoint(GET=accounts.account_info)),
    path("positions", endpoint(GET=accounts.positions)),
    path("position/<str:symbol>", endpoint(GET=accounts.position)),
    path("asset/history", endpoint(GET=accounts.asset_history)),
    path("funding_fee/history", endpoint(GET=accounts.funding_fees)),
    path(
        "order",
        endpoint(POST=orders.place_order, PUT=orders.amend_order, DELETE=orders.cancel_order),
    ),
    path("order/<int:order_id>", endpoint(GET=orders.order)),
    path("order/<int:order_id>/trades", endpoint(GET=orders.trades_of_order)),
    path("orders", endpoint(GET=orders.orders, DELETE=orders.cancel_all)),
    path("batch-order", endpoint(POST=orders.place_orders, DELETE=orders.cancel_orders)),
    path("client/order", endpoint(DELETE=orders.cancel_by_client_id)),
    path("client/order/<str:client_order_id>", endpoint(GET=orders.order_by_client_id)),
    path("client/batch-order", endpoint(DELETE=orders.cancel_orders_by_client_id)),
    path("trades", endpoint(GET=orders.trades)),
    path("trade/<int:trade_id>", endpoint(GET=orders.trade)),
    path("algo/<path:rest>", no_algo_orders),
]
