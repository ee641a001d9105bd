"""Waiting until the tables hold it all, on a clock of the test's."""

from collections.abc import Sequence

from coattail_demo.evidence import Evidence, SparkState, TableState
from coattail_demo.gathering import Progress
from coattail_demo.settling import settle
from coattail_demo.testing import sound

BEHIND = sound(stored=sound().stored[1:])


class FakeWitness:
    """Says what it is given, one after the other, and the last again and again; time passes with each wait."""

    def __init__(self, evidences: Sequence[Evidence], starts_until: float = 0) -> None:
        self.now = 0.0
        self._starts_until = starts_until
        self._evidences = evidences
        self._step = 0

    async def progress(self) -> Progress:
        spark = SparkState(attempt=2, ready=self.now >= self._starts_until)
        return Progress(TableState(trades=min(self._step, len(self._evidences) - 1)), 0, spark)

    async def evidence(self) -> Evidence:
        return self._evidences[min(self._step, len(self._evidences) - 1)]

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        self._step += 1

    def clock(self) -> float:
        return self.now


async def settled(witness: FakeWitness, *, quiet: float = 0) -> bool:
    return await settle(witness, patience=10, quiet=quiet, clock=witness.clock, sleep=witness.sleep)


async def test_it_ends_as_soon_as_nothing_is_outstanding() -> None:
    witness = FakeWitness([BEHIND, BEHIND, BEHIND, sound()])
    assert await settled(witness)
    assert witness.now == 1.5


async def test_while_things_move_it_is_patient() -> None:
    witness = FakeWitness([BEHIND] * 100 + [sound()])
    assert await settled(witness)
    assert witness.now == 50.0


async def test_it_gives_up_when_nothing_moves() -> None:
    witness = FakeWitness([BEHIND])
    assert not await settled(witness)
    assert 10 < witness.now <= 11


async def test_where_nobody_knows_what_is_still_to_come_it_waits_for_quiet() -> None:
    witness = FakeWitness([sound()] * 5)
    assert await settled(witness, quiet=3)
    assert witness.now == 5.0


async def test_a_spark_that_starts_again_is_waited_for() -> None:
    """Patience is for a Spark that reads: a start after a kill may take longer than that."""
    witness = FakeWitness([BEHIND], starts_until=60)
    assert not await settled(witness)
    assert 70 < witness.now <= 71
