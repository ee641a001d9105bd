"""For tests of continuity: trades and words of one market, and what is made of them."""

from coattail_connector.gaps.continuity import Continuity
from coattail_connector.gaps.holes import Gap
from coattail_connector.gaps.numbering import Filling, Verdict
from coattail_testing.records import a_line

BTC = "BTC-USDT"
FILLING = Filling(most=100, hold_trades=4, hold_seconds=5, patience=1, tries=3, retry_seconds=10)


class Feed:
    """A continuity, what it has released and said of one market, and a clock that a test moves (seconds)."""

    def __init__(self, filling: Filling = FILLING) -> None:
        self.continuity = Continuity(filling)
        self.released: list[int] = []
        self.now = 0.0
        self.lost: list[Gap] = []
        self.filled: list[Gap] = []

    def take(self, verdict: Verdict) -> Verdict:
        """Note what a verdict says."""
        self.released += [trade.trade_id for trade in verdict.release]
        self.lost += verdict.lost
        self.filled += verdict.filled
        return verdict

    def trades(self, *ids: int) -> Verdict:
        """The verdict over the last of these trades; an empty one where it simply followed."""
        verdict = Verdict(BTC)
        for number in ids:
            trade = a_line(number)
            if self.continuity.follows(trade):
                self.released.append(number)
                verdict = Verdict(BTC)
            else:
                verdict = self.take(self.continuity.trade(trade, self.now))
        return verdict

    def latest(self, number: int) -> Verdict:
        """The exchange says that this is the latest id."""
        return self.take(self.continuity.latest(BTC, number, self.now))

    def fetch(self, *ids: int) -> Verdict:
        """Ask for what is wanted, and get these trades."""
        gap = self.wanted()
        assert gap is not None, "nothing is missing, or not for long enough"  # noqa: S101  (for tests)
        return self.take(self.continuity.fetched(gap, [a_line(number) for number in ids], self.now))

    def wanted(self, most: int = 1000) -> Gap | None:
        """What is to be asked for now."""
        return self.continuity.wanted(self.now, most)
