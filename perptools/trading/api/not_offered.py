"""Endpoints that Orderly documents and this venue doesn't have. They say so, so that nobody looks for a typo.

The paths are those of Orderly's REST API in its Python connector 0.2.9 and in ccxt. A path that ends in `/` stands for
everything below it.
"""

from django.http import HttpResponse

from apikeys.http.endpoints import endpoint, public
from apikeys.http.errors import NotFound, NotOffered
from apikeys.http.request import ApiRequest

METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS")
MOST_PARTS = 3  # of the paths in the table

# What is missing, why or what to use instead, and its paths below /v1/.
ALGO = "Stop, take-profit and trailing orders are not served here."
GROUPS: dict[str, tuple[str, ...]] = {
    ALGO: ("algo/",),
    "Orders are not cancelled by a timer here. Cancel them with DELETE /v1/orders.": ("order/cancel_all_after",),
    "Keys are made and changed on the API Keys page.": (
        "orderly_key", "get_orderly_key", "register_account", "registration_nonce", "get_account", "get_all_accounts",
        "get_broker", "public/account", "delegate_signer", "delegate_orderly_key",
    ),
    "This venue trades on paper money: nothing is withdrawn, transferred or settled.": (
        "withdraw_request", "withdraw_nonce", "delegate_withdraw_request", "settle_pnl", "settle_nonce",
        "delegate_settle_pnl", "sub_account_settle_pnl", "pnl_settlement/", "transfer_nonce", "internal_transfer",
        "internal_transfer_history", "asset/", "client/asset/", "faucet/", "public/vault_balance",
        "public/balance/",
    ),
    "An account is one account here: there are no sub-accounts.": (
        "client/add_sub_account", "client/sub_account", "client/update_sub_account", "client/aggregate/",
    ),
    "Positions are closed by the venue, and nobody takes them over.": (
        "liquidation", "claim_insurance_fund", "client/liquidator_liquidations", "public/liquidation",
        "public/liquidated_positions", "public/insurancefund",
    ),
    "Not offered here: brokers, referrals, rewards, campaigns, staking and vaults.": (
        "admin/", "broker/", "referral/", "staking/", "sv/", "sv_operation_request", "account_sv_transaction_history",
        "volume/", "client/points", "client/points/", "client/campaign/", "client/distribution_history",
        "public/broker/", "public/campaign/", "public/campaigns", "public/fee_futures/",
        "public/market_making_rewards/", "public/points/", "public/referral/", "public/strategy_vault/",
        "public/sv_nonce", "public/trading_rewards/", "public/tradingrewards/", "public/volume/",
    ),
    "Not offered here.": (
        "notification/", "position_history", "tv/", "public/announcement",
        "public/index_price_source", "public/market_info/",
    ),
}  # fmt: skip


@public
def unknown_path(request: ApiRequest, /, path: str) -> HttpResponse:
    """Raise NotOffered if Orderly has this path, otherwise NotFound. All other patterns come first."""
    if message := _MESSAGES.get(path) or _of_group(path):
        raise NotOffered(message)
    raise NotFound


def _of_group(path: str) -> str | None:
    """Look a path up by each of its parents, the shortest first."""
    parts = path.split("/")[:-1]
    beginnings = ("/".join(parts[: end + 1]) + "/" for end in range(len(parts[:MOST_PARTS])))
    return next((_MESSAGES[beginning] for beginning in beginnings if beginning in _MESSAGES), None)


_MESSAGES = {path: message for message, paths in GROUPS.items() for path in paths}
unknown_paths = endpoint(**dict.fromkeys(METHODS, unknown_path))
unknown_paths.is_offered = False
