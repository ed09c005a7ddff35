"""An account's money and positions together, as one moment sees them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from apikeys.db.prepared import Given, Question
from perptools.trading.decimals import ZERO
from perptools.trading.errors import MarginInsufficient
from perptools.trading.models import Balance, Market, Position
from perptools.trading.paper import margin, row_writer

_BALANCE = Question(lambda: Balance.objects.filter(account=Given("account")))
_LOCKED_BALANCE = Question(lambda: Balance.objects.select_for_update(no_key=True).filter(account_id=Given("account")))
# What no position depends on is not read: each column costs something.
_ASIDE = (
    "index_price",
    "liquidator_fee",
    "claim_insurance_fund_discount",
    "cap_funding",
    "floor_funding",
    "interest_rate",
    "last_funding_rate",
    "last_funding_at",
    "next_funding_at",
    "premium_sum",
    "premium_samples",
    "created_at",
    "updated_at",
)
_POSITIONS = Question(
    lambda: (
        Position.objects.filter(account_id=Given("account"))
        .select_related("market")
        .defer(*(f"market__{name}" for name in _ASIDE))
    )
)


def balance_of(account_pk: int) -> Balance:
    (balance,) = _BALANCE.ask(account=account_pk)
    return balance


@dataclass(slots=True)
class Portfolio:
    balance: Balance
    positions: dict[int, Position]  # by market

    @classmethod
    def of(cls, balance: Balance) -> Self:
        positions = _POSITIONS.ask(account=balance.account_id)
        return cls(balance, {position.market_id: position for position in positions})

    @classmethod
    def read(cls, account_pk: int) -> Self:
        return cls.of(balance_of(account_pk))

    @classmethod
    def locked(cls, account_pk: int) -> Self:
        """Take the account's lock: whoever changes its money, positions or orders waits here for the one before."""
        (balance,) = _LOCKED_BALANCE.ask(account=account_pk)
        return cls.of(balance)

    @classmethod
    def read_many(cls, account_pks: Iterable[int]) -> list[Self]:
        portfolios = {each.pk: cls(each, {}) for each in Balance.objects.filter(account_id__in=account_pks)}
        for position in Position.objects.filter(account_id__in=account_pks).select_related("market"):
            portfolios[position.account_id].positions[position.market_id] = position
        return list(portfolios.values())

    def position(self, market: Market) -> Position:
        """The position on a market; a new and empty one where there was none."""
        position = self.positions.get(market.id)
        if position is None:
            position = Position(account_id=self.balance.account_id, market=market, fundings=market.fundings)
            self.positions[market.id] = position
        if position.market is not market:
            position.market = market
        return position

    def market(self, symbol: str) -> Market | None:
        """A market of the positions, as it was when they were read and their fundings charged."""
        return next((each.market for each in self.positions.values() if each.market.symbol == symbol), None)

    def as_it_stands(self) -> "Portfolio":
        """What there is now, whatever is done to it later."""
        return Portfolio(
            row_writer.copy(self.balance), {key: row_writer.copy(each) for key, each in self.positions.items()}
        )

    def held(self) -> list[Position]:
        return [position for position in self.positions.values() if position.quantity]

    def margin(self) -> margin.Margin:
        return margin.of(self.balance, self.positions.values())


def check_margin(before: Portfolio, after: Portfolio) -> None:
    """Refuse what leaves too little collateral, unless it needs less margin than before: one may always reduce."""
    wanted = after.margin()
    if wanted.free < 0 and wanted.initial >= (had := before.margin()).initial:
        raise MarginInsufficient(
            f"The account has not enough free collateral: {-wanted.free:f} USDC are missing.",
            free_collateral=max(had.free, ZERO),
        )
