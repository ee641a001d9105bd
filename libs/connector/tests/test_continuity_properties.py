"""Whatever is lost, repeated or out of order: each id once, in order while trades are held back, or told as a gap."""

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from coattail_connector import Continuity, Filling, Verdict
from coattail_testing.records import a_line

BTC = "BTC-USDT"
FIRST = 10
HOLD, SECONDS = 8, 5.0
FILLING = Filling(most=30, hold_trades=HOLD, hold_seconds=SECONDS, patience=0, tries=3, retry_seconds=1, gaps=6)


class AnExchange(RuleBasedStateMachine):
    """An exchange that has traded up to `made`, whose frames and answers fail in every way."""

    def __init__(self) -> None:
        super().__init__()
        self.continuity = Continuity(FILLING)
        self.now = 0.0
        self.made = FIRST
        self.released: list[int] = []
        self.lost: set[int] = set()
        self.seen = {FIRST}
        self.late_after_loss: set[int] = set()
        self.take(self.continuity.trade(a_line(FIRST), self.now))

    def take(self, verdict: Verdict) -> None:
        assert not verdict.renumbered
        for gap in verdict.lost:
            ids = set(range(gap.first, gap.last + 1))
            assert not ids & self.lost
            self.lost |= ids
        self.released += [trade.trade_id for trade in verdict.release]

    def receive(self, number: int) -> None:
        trade = a_line(number)
        self.seen.add(number)
        if self.continuity.follows(trade):
            self.released.append(number)
        else:
            self.take(self.continuity.trade(trade, self.now))

    @rule(lost=st.integers(0, 40), received=st.integers(1, 12))
    def trades_come_after_some_were_lost(self, lost: int, received: int) -> None:
        self.made += lost
        for _ in range(received):
            self.made += 1
            self.receive(self.made)

    @rule(data=st.data())
    def an_old_trade_comes(self, data: st.DataObject) -> None:
        self.receive(data.draw(st.integers(FIRST, self.made)))

    @rule(lost=st.integers(0, 40))
    def the_exchange_says_its_latest(self, lost: int) -> None:
        self.made += lost
        self.take(self.continuity.latest(BTC, self.made, self.now))

    @rule(data=st.data(), most=st.integers(1, 50))
    def it_is_asked(self, data: st.DataObject, most: int) -> None:
        gap = self.continuity.wanted(self.now, most)
        if gap is None:
            return
        assert gap.count <= most
        asked = range(gap.first, gap.last + 1)
        assert gap.first not in self.released
        given = data.draw(st.lists(st.sampled_from(asked), unique=True).map(sorted) | st.just(list(asked)))
        self.take(self.continuity.fetched(gap, [a_line(number) for number in given], self.now))

    @rule()
    def it_refuses(self) -> None:
        gap = self.continuity.wanted(self.now, 7)
        if gap is not None:
            self.take(self.continuity.give_up(gap))

    @rule(seconds=st.floats(0, 8))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        for verdict in self.continuity.expire(self.now):
            self.take(verdict)

    @invariant()
    def each_id_comes_once(self) -> None:
        assert len(self.released) == len(set(self.released))

    @invariant()
    def memory_is_bounded(self) -> None:
        assert self.continuity.held <= HOLD
        assert self.continuity.missing <= FILLING.most * FILLING.gaps

    @invariant()
    def nobody_waits_too_long(self) -> None:
        deadline = self.continuity.deadline()
        assert deadline is None or deadline <= self.now + SECONDS
        assert self.continuity.held == 0 or deadline is not None

    def teardown(self) -> None:
        for verdict in self.continuity.end():
            self.take(verdict)
        newest = self.continuity.newest(BTC)
        assert newest is not None
        assert self.seen <= set(self.released)
        assert set(self.released) | self.lost == set(range(FIRST, newest + 1))
        assert self.continuity.held == self.continuity.missing == 0


TestAnExchange = AnExchange.TestCase


@given(st.data(), st.integers(1, 60))
def test_with_time_and_room_everything_comes_in_order(data: st.DataObject, last: int) -> None:
    """Losses, repetitions and late trades in any mix, the first and the last trade received, an exchange that has all."""
    continuity = Continuity(Filling(hold_trades=1_000, patience=0))
    frames = data.draw(st.lists(st.integers(1, last), max_size=3 * last))
    released: list[int] = []
    for number in [1, *frames, last]:
        trade = a_line(number)
        if continuity.follows(trade):
            released.append(number)
            continue
        released += [one.trade_id for one in continuity.trade(trade, 0).release]
        if data.draw(st.booleans()) and (gap := continuity.wanted(0, data.draw(st.integers(1, 9)))):
            answer = [a_line(number) for number in range(gap.first, gap.last + 1)]
            released += [one.trade_id for one in continuity.fetched(gap, answer, 0).release]
    while gap := continuity.wanted(0, 5):
        answer = [a_line(number) for number in range(gap.first, gap.last + 1)]
        released += [one.trade_id for one in continuity.fetched(gap, answer, 0).release]
    assert released == list(range(1, last + 1))
