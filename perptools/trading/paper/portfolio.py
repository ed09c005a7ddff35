"""An account's balance and positions at one time."""

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
# The columns that no position needs aren't read, because each of them costs time.
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
    positions: dict[int, Position]  # by market ID

    @classmethod
    def of(cls, balance: Balance) -> Self:
        positions = _POSITIONS.ask(account=balance.account_id)
        return cls(balance, {position.market_id: position for position in positions})

    @classmethod
    def read(cls, account_pk: int) -> Self:
        return cls.of(balance_of(account_pk))

    @classmethod
    def locked(cls, account_pk: int) -> Self:
        """Lock the account and read it. Everything that changes its money, positions or orders waits here."""
        (balance,) = _LOCKED_BALANCE.ask(account=account_pk)
        return cls.of(balance)

    @classmethod
    def read_many(cls, account_pks: Iterable[int]) -> list[Self]:
        portfolios = {each.pk: cls(each, {}) for each in Balance.objects.filter(account_id__in=account_pks)}
        for position in Position.objects.filter(account_id__in=account_pks).select_related("market"):
            portfolios[position.account_id].positions[position.market_id] = position
        return list(portfolios.values())

    def position(self, market: Market) -> Position:
        """Return the position on a market; a new, empty one if there is none."""
        position = self.positions.get(market.id)
        if position is None:
            position = Position(account_id=self.balance.account_id, market=market, fundings=market.fundings)
            self.positions[market.id] = position
        if position.market is not market:
            position.market = market
        return position

    def market(self, symbol: str) -> Market | None:
        """Return a market of the positions, as it was when they were read and their fundings charged."""
        return next((each.market for each in self.positions.values() if each.market.symbol == symbol), None)

    def as_it_stands(self) -> "Portfolio":
        """Return a copy of the current state."""
        return Portfolio(
            row_writer.copy(self.balance), {key: row_writer.copy(each) for key, each in self.positions.items()}
        )

    def open_positions(self) -> list[Position]:
        return [position for position in self.positions.values() if position.quantity]

    def margin(self) -> margin.Margin:
        return margin.calculate(self.balance, self.positions.values())


def check_margin(before: Portfolio, after: Portfolio) -> None:
    """Reject a change that leaves too little collateral, except if it needs less margin than before."""
    wanted = after.margin()
    if wanted.free < 0 and wanted.initial >= (had := before.margin()).initial:
        raise MarginInsufficient(
            f"Not enough free collateral for this order. {-wanted.free:f} USDC are missing.",
            free_collateral=max(had.free, ZERO),
        )
