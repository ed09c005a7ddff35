from django.urls import path

from perptools.trading import order_views, views

app_name = "trading"
urlpatterns = [
    path("portfolio/", views.overview, name="overview"),
    path("portfolio/positions/", views.positions, name="positions"),
    path("portfolio/positions/<str:symbol>/close/", views.close_position, name="close_position"),
    path("portfolio/orders/", order_views.orders, name="orders"),
    path("portfolio/orders/cancel/", order_views.cancel_all, name="cancel_all"),
    path("portfolio/orders/<int:order_id>/cancel/", order_views.cancel_order, name="cancel_order"),
    path("portfolio/assets/", views.assets, name="assets"),
    path("portfolio/assets/reset/", views.reset_funds, name="reset_funds"),
    path("portfolio/fee-tier/", views.fee_tier, name="fee_tier"),
]
