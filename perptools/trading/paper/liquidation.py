"""Close accounts out that are below their maintenance margin."""

from perptools.trading.decimals import ZERO, times
from perptools.trading.paper.atomic import whole
from perptools.trading.paper.unit_of_work import Desk

LIQUIDATION_TAG = "LIQUIDATION"


@whole
def liquidate(account_pk: int) -> bool:
    """Close an account out if it is below its maintenance margin. Says whether it was."""
    desk = Desk.of(account_pk)
    margin = desk.portfolio.margin()
    if not margin.is_below_maintenance:
        return False
    desk.cancel_all()
    left = max(margin.collateral, ZERO)
    for position in desk.portfolio.held():
        fee = min(left, times(position.notional, position.market.std_liquidation_fee))
        left -= fee
        desk.close_out(position, LIQUIDATION_TAG, fee)
    desk.write()
    return True
