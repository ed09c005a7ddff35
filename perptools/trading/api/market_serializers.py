"""Markets in the field names of Orderly's API: their rules, prices, fundings, order books and candles."""

from collections.abc import Iterable
from decimal import Decimal
from itertools import islice
from typing import Any

from perptools.trading.api.account_serializers import CHAIN_ID
from perptools.trading.market_data.candles import LENGTHS, LastDay
from perptools.trading.market_data.trades import Trade
from perptools.trading.models import Candle, FundingRate, Market
from perptools.trading.paper import funding
from perptools.trading.paper.order_book import Book, Level
from perptools.trading.timestamps import ms

# One token on one chain, with the IDs of Orderly's test network.
USDC_HASH = "0xd6aca1be9729c13d677335161321649cccae6a591554772516700f986f942eaa"


def market_row(market: Market) -> dict[str, Any]:
    return {
        "symbol": market.symbol,
        "status": market.status,
        "quote_min": market.quote_min,
        "quote_max": market.quote_max,
        "quote_tick": market.quote_tick,
        "base_min": market.base_min,
        "base_max": market.base_max,
        "base_tick": market.base_tick,
        "min_notional": market.min_notional,
        "price_range": market.price_range,
        "price_scope": market.price_scope,
        "base_imr": market.base_imr,
        "base_mmr": market.base_mmr,
        "imr_factor": market.imr_factor,
        "std_liquidation_fee": market.std_liquidation_fee,
        "liquidator_fee": market.liquidator_fee,
        "claim_insurance_fund_discount": market.claim_insurance_fund_discount,
        "liquidation_tier": "1",
        "global_max_oi_cap": None,  # no cap
        "funding_period": market.funding_period,
        "cap_funding": market.cap_funding,
        "floor_funding": market.floor_funding,
        "interest_rate": market.interest_rate,
        "created_time": ms(market.created_at),
        "updated_time": ms(market.updated_at),
    }


def token_row() -> dict[str, Any]:
    chain = {"chain_id": CHAIN_ID, "contract_address": "", "decimals": 6, "withdrawal_fee": 0}
    return {
        "token": "USDC",
        "token_hash": USDC_HASH,
        "decimals": 6,
        "minimum_withdraw_amount": 0,
        "is_collateral": True,
        "base_weight": 1,
        "chain_details": [chain],
    }


def chain_row() -> dict[str, Any]:
    return {"chain_id": CHAIN_ID, "name": "Arbitrum Sepolia"}


def futures_row(market: Market, day: LastDay | None, open_interest: Decimal) -> dict[str, Any]:
    """Return a market's prices. If there were none in the last 24 hours, they are all the mark price."""
    mark = market.mark_price
    return {
        "symbol": market.symbol,
        "status": market.status,
        "index_price": market.index_price,
        "mark_price": mark,
        "est_funding_rate": funding.rate(market),
        "last_funding_rate": market.last_funding_rate,
        "next_funding_time": ms(funding.next_at(market)),
        "sum_unitary_funding": market.sum_unitary_funding,
        "open_interest": open_interest,
        "24h_open": day.open if day else mark,
        "24h_close": mark,
        "24h_high": max(day.high, mark) if day else mark,
        "24h_low": min(day.low, mark) if day else mark,
        "24h_volume": day.volume if day else 0,
        "24h_amount": day.amount if day else 0,
    }


def funding_row(market: Market) -> dict[str, Any]:
    return {
        "symbol": market.symbol,
        "est_funding_rate": funding.rate(market),
        "est_funding_rate_timestamp": ms(market.updated_at),
        "last_funding_rate": market.last_funding_rate,
        "last_funding_rate_timestamp": ms(funding.last_at(market)),
        "next_funding_time": ms(funding.next_at(market)),
        "sum_unitary_funding": market.sum_unitary_funding,
    }


def funding_rate_row(funding_rate: FundingRate) -> dict[str, Any]:
    return {
        "symbol": funding_rate.market.symbol,
        "funding_rate": funding_rate.rate,
        "funding_rate_timestamp": ms(funding_rate.at),
        "next_funding_time": ms(funding.next_at(funding_rate.market)),
    }


def market_trade_row(trade: Trade) -> dict[str, Any]:
    return {
        "symbol": trade.symbol,
        "side": trade.side,
        "executed_price": trade.price,
        "executed_quantity": trade.quantity,
        "executed_timestamp": ms(trade.at),
    }


def book_levels(book: Book, most: int) -> dict[str, Any]:
    return {"bids": _levels(book.bids(), most), "asks": _levels(book.asks(), most)}


def _levels(levels: Iterable[Level], most: int) -> list[dict[str, Decimal]]:
    return [level._asdict() for level in islice(levels, most)]


def bars_of(candles: list[Candle]) -> dict[str, Any]:
    """Return candles for the UDF protocol, oldest first. ccxt expects `success`."""
    if not candles:
        return {"success": True, "s": "no_data"}
    return {
        "success": True,
        "s": "ok",
        "t": [ms(candle.starts_at) // 1000 for candle in candles],
        "o": [candle.open for candle in candles],
        "h": [candle.high for candle in candles],
        "l": [candle.low for candle in candles],
        "c": [candle.close for candle in candles],
        "v": [candle.volume for candle in candles],
        "a": [candle.amount for candle in candles],
    }


def candle_row(candle: Candle, length: str) -> dict[str, Any]:
    return {
        "symbol": candle.market.symbol,
        "type": length,
        "open": candle.open,
        "high": candle.high,
        "low": candle.low,
        "close": candle.close,
        "volume": candle.volume,
        "amount": candle.amount,
        "start_timestamp": ms(candle.starts_at),
        "end_timestamp": ms(LENGTHS[length].end(candle.starts_at)),
    }
