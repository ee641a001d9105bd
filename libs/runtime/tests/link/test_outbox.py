"""The connector's copy: whatever the writer does, each batch is sent in order and kept until it is accepted."""

from collections.abc import Callable

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from coattail_runtime.link.batching import LineBatch
from coattail_runtime.link.frames import FrameError
from coattail_runtime.link.outbox import Outbox


def a_batch(size: int = 10, count: int = 1) -> LineBatch:
    return LineBatch("binance", "BTC-USDT", count, b"x" * size)


class OutboxAgainstWriters(RuleBasedStateMachine):
    """The outbox talks to writers that hold and accept as they like, and are replaced by others that know nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.outbox = Outbox(max_trades=1_000, max_bytes=10_000)
        self.batches: list[LineBatch] = []
        self.sent = 0
        self.held = 0
        self.accepted = 0

    @rule(size=st.integers(1, 100), count=st.integers(1, 5))
    def add(self, size: int, count: int) -> None:
        self.batches.append(a_batch(size, count))
        self.outbox.add(self.batches[-1])

    @rule(window=st.integers(1, 300))
    def send(self, window: int) -> None:
        entry = self.outbox.send(window)
        if entry is not None:
            assert entry.seq == self.sent + 1
            self.sent = entry.seq

    @rule(share=st.floats(0, 1))
    def hold(self, share: float) -> None:
        self.held += round(share * (self.sent - self.held))
        self.outbox.hold(self.held)

    @rule(share=st.floats(0, 1))
    def accept(self, share: float) -> None:
        newly = round(share * (self.held - self.accepted))
        gone = self.outbox.accept(self.accepted + newly)
        assert len(gone) == newly
        self.accepted += newly

    @rule()
    def reconnect_to_the_same_writer(self) -> None:
        self.outbox.rewind(self.held)
        self.sent = self.held

    @rule()
    def reconnect_to_another_writer(self) -> None:
        self.outbox.rewind(0)
        self.held = self.sent = self.accepted

    @invariant()
    def what_is_not_accepted_is_kept(self) -> None:
        assert self.outbox.accepted == self.accepted
        assert self.outbox.held == self.held
        kept = self.batches[self.accepted :]
        assert self.outbox.empty == (not kept)
        assert self.outbox.trades == sum(batch.count for batch in kept)
        assert self.outbox.bytes == sum(len(batch.lines) for batch in kept)
        assert self.outbox.bytes_in_flight == sum(len(batch.lines) for batch in self.batches[self.held : self.sent])


TestOutboxAgainstWriters = OutboxAgainstWriters.TestCase


def test_the_window_bounds_what_is_in_flight() -> None:
    outbox = Outbox(max_trades=100, max_bytes=1_000)
    for _ in range(3):
        outbox.add(a_batch(size=10))

    assert outbox.send(window=20) is not None
    assert outbox.send(window=20) is not None
    assert outbox.send(window=20) is None
    outbox.hold(1)
    assert outbox.send(window=20) is not None


def test_it_is_full_by_trades_or_by_bytes() -> None:
    by_trades = Outbox(max_trades=3, max_bytes=1_000)
    by_trades.add(a_batch(count=3))
    by_bytes = Outbox(max_trades=1_000, max_bytes=10)
    by_bytes.add(a_batch(size=10))

    assert by_trades.full
    assert by_bytes.full


@pytest.mark.parametrize("act", [Outbox.hold, Outbox.accept, Outbox.rewind])
def test_an_acknowledgement_of_what_was_not_sent_is_refused(act: Callable[[Outbox, int], object]) -> None:
    outbox = Outbox(max_trades=10, max_bytes=1_000)
    outbox.add(a_batch())

    with pytest.raises(FrameError, match="acknowledged batch 1, but 0 is the last one sent"):
        act(outbox, 1)
