"""The response of every view: the balance in API.md, in the product's envelope, without a database."""

HOLDING = {
    "holding": [
        {
            "token": "USDC",
            "holding": 10000,
            "frozen": 0,
            "isolated_margin": 0,
            "isolated_order_frozen": 0,
            "pending_short": 0,
            "updated_time": 1764036000000,
        }
    ]
}
ANSWER = {"success": True, "timestamp": 1764036000000, "data": HOLDING}
