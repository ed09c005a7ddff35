from django.urls import path

from apikeys.permissions import endpoint
from perptools.trading import account_api, market_api, order_api

no_algo_orders = endpoint(**dict.fromkeys(("GET", "POST", "PUT", "DELETE"), market_api.no_algo_orders))

urlpatterns = [
    path("public/info", endpoint(GET=market_api.markets)),
    path("public/info/<str:symbol>", endpoint(GET=market_api.market)),
    path("public/token", endpoint(GET=market_api.tokens)),
    path("public/chain_info", endpoint(GET=market_api.chains)),
    path("public/system_info", endpoint(GET=market_api.system_info)),
    path("public/config", endpoint(GET=market_api.config)),
    path("public/futures", endpoint(GET=market_api.futures)),
    path("public/futures/<str:symbol>", endpoint(GET=market_api.futures_of)),
    path("public/market_trades", endpoint(GET=market_api.market_trades)),
    path("public/funding_rates", endpoint(GET=market_api.funding_rates)),
    path("public/funding_rate/<str:symbol>", endpoint(GET=market_api.funding_rate)),
    path("public/funding_rate_history", endpoint(GET=market_api.funding_rate_history)),
    path("orderbook/<str:symbol>", endpoint(GET=market_api.orderbook)),
    path("kline", endpoint(GET=market_api.kline)),
    path("client/info", endpoint(GET=account_api.info)),
    path("client/holding", endpoint(GET=account_api.holding)),
    path("client/leverage", endpoint(GET=account_api.leverage, POST=account_api.set_leverage)),
    path("client/maintenance_config", endpoint(POST=account_api.set_maintenance)),
    path("client/statistics", endpoint(GET=account_api.account_statistics)),
    path("account_info", endpoint(GET=account_api.account_info)),
    path("positions", endpoint(GET=account_api.positions)),
    path("position/<str:symbol>", endpoint(GET=account_api.position)),
    path("asset/history", endpoint(GET=account_api.asset_history)),
    path("funding_fee/history", endpoint(GET=account_api.funding_fees)),
    path(
        "order",
        endpoint(POST=order_api.place_order, PUT=order_api.amend_order, DELETE=order_api.cancel_order),
    ),
    path("order/<int:order_id>", endpoint(GET=order_api.order)),
    path("order/<int:order_id>/trades", endpoint(GET=order_api.trades_of_order)),
    path("orders", endpoint(GET=order_api.orders, DELETE=order_api.cancel_all)),
    path("batch-order", endpoint(POST=order_api.place_orders, DELETE=order_api.cancel_orders)),
    path("client/order", endpoint(DELETE=order_api.cancel_by_client_id)),
    path("client/order/<str:client_order_id>", endpoint(GET=order_api.order_by_client_id)),
    path("client/batch-order", endpoint(DELETE=order_api.cancel_orders_by_client_id)),
    path("trades", endpoint(GET=order_api.trades)),
    path("trade/<int:trade_id>", endpoint(GET=order_api.trade)),
    path("algo/<path:rest>", no_algo_orders),
]
