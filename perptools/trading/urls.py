from django.urls import path

from perptools.trading.views import assets, orders, overview, positions

app_name = "trading"
urlpatterns = [
    path("portfolio/", overview.overview, name="overview"),
    path("portfolio/positions/", positions.positions, name="positions"),
    path("portfolio/positions/<str:symbol>/close/", positions.close_position, name="close_position"),
    path("portfolio/orders/", orders.orders, name="orders"),
    path("portfolio/orders/cancel/", orders.cancel_all, name="cancel_all"),
    path("portfolio/orders/<int:order_id>/cancel/", orders.cancel_order, name="cancel_order"),
    path("portfolio/assets/", assets.assets, name="assets"),
    path("portfolio/assets/reset/", assets.reset_funds, name="reset_funds"),
    path("portfolio/fee-tier/", overview.fee_tier, name="fee_tier"),
]
