"""The outbox: every alert gets to the bus, whatever the bus does, in bounded memory."""

import itertools
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st
from tenacity import wait_none

from coattail_common.contracts import Alert, ModuleFailed
from coattail_runtime.bus.bridge import Bus
from coattail_runtime.telemetry import logger
from coattail_testing.bus import FakeBus
from coattail_testkit.stream import MOMENT, alert
from stream_detectors.metrics import NoMetrics
from stream_detectors.outbox import MOST_EVENTS, Outbox, Place

FAILED = ModuleFailed(occurred_at=MOMENT, module_id="MOD-002", batch_id=1, error="ValueError()")


class FakeTable:
    """The alerts that have landed."""

    def __init__(self, alerts: Sequence[Alert] = ()) -> None:
        self.rows = list(alerts)

    def alerts_after(self, place: Place, limit: int) -> Sequence[Alert]:
        rows = sorted(self.rows, key=lambda row: (row.detected_at, row.alert_id))
        return [row for row in rows if Place(row.detected_at, row.alert_id) > place][:limit]


class FakeMetrics(NoMetrics):
    """Counts what was sent and what waits."""

    def __init__(self) -> None:
        self.sent = 0
        self.waiting: list[tuple[int, int]] = []
        self.given_up = 0

    def alerts(self, alerts: Sequence[Alert]) -> None:
        self.sent += len(alerts)

    def unsent(self, alerts: int, micros: int) -> None:
        self.waiting.append((alerts, micros))

    def unsendable(self) -> None:
        self.given_up += 1


def outbox(bus: Bus, metrics: NoMetrics | None = None, most_waiting: int = 100, now: int = MOMENT) -> Outbox:
    made = Outbox(bus, metrics or NoMetrics(), logger("test"), lambda: now, most_waiting=most_waiting, wait=wait_none())
    made.start()
    return made


def test_alerts_leave_in_order() -> None:
    bus = FakeBus()
    box = outbox(bus)
    box.route(alert(n) for n in range(25))
    box.close(30)
    assert bus.alerts == [alert(n) for n in range(25)]
    assert box.unsent_since() is None


def test_alerts_wait_while_the_bus_refuses() -> None:
    bus, metrics = FakeBus("AccessDeniedException: no"), FakeMetrics()
    box = outbox(bus, metrics, now=MOMENT + 9_000_000)
    box.route([alert(1), alert(2)])
    assert bus.wait_for(lambda: bus.offers > 20)
    assert box.unsent_since() == alert(1).detected_at

    bus.reason = None

    assert bus.wait_for(lambda: len(bus.alerts) == 2)
    box.close(30)
    assert bus.alerts == [alert(1), alert(2)]
    assert metrics.sent == 2
    assert metrics.waiting[0] == (2, 8_000_000)
    assert metrics.waiting[-1] == (0, 0)


def test_closing_gives_up_on_a_bus_that_takes_nothing() -> None:
    bus = FakeBus("down")
    box = outbox(bus)
    box.route([alert(1)])
    box.close(0.01)
    assert box.unsent_since() == alert(1).detected_at


def test_alert_that_is_never_taken_holds_up_no_other() -> None:
    bus, metrics = FakeBus(), FakeMetrics()
    bus.never = {alert(1).alert_id}
    box = outbox(bus, metrics)
    box.route(alert(n) for n in range(4))
    box.close(30)
    assert bus.alerts == [alert(0), alert(2), alert(3)]
    assert (metrics.given_up, box.unsent_since()) == (1, None)


def test_alerts_beyond_memory_are_read_back_once_landed() -> None:
    bus, table = FakeBus("down"), FakeTable()
    box = outbox(bus, most_waiting=4)
    alerts = [alert(n) for n in range(10)]
    box.route(alerts)
    mark = box.mark()
    box.refill(table)
    assert box.unsent_since() == alerts[0].detected_at

    bus.reason = None
    assert bus.wait_for(lambda: len(bus.alerts) == 4)
    box.refill(table)
    assert box.unsent_since() == alerts[4].detected_at, "not landed yet: it must not be taken for sent"

    table.rows = alerts
    box.landed(mark)
    for count in (8, 10):
        box.refill(table)
        assert bus.wait_for(lambda count=count: len(bus.alerts) >= count)  # type: ignore[misc]
    box.refill(table)
    box.close(30)
    assert bus.alerts == alerts
    assert box.unsent_since() is None


def test_next_process_sends_what_was_unsent() -> None:
    bus = FakeBus()
    box = outbox(bus)
    box.recall(alert(3).detected_at)
    box.refill(FakeTable([alert(n) for n in range(6)]))
    box.close(30)
    assert bus.alerts == [alert(3), alert(4), alert(5)]


def test_more_alerts_of_one_moment_than_fit_are_all_read_back() -> None:
    bus = FakeBus()
    box = outbox(bus, most_waiting=4)
    alerts = [alert(n, MOMENT) for n in range(11)]
    box.recall(MOMENT)
    for _ in range(4):
        box.refill(FakeTable(alerts))
        assert bus.wait_for(lambda: True)
        while box.unsent_since() is not None and len(bus.alerts) % 4:
            box.refill(FakeTable(alerts))
    while box.unsent_since() is not None:
        box.refill(FakeTable(alerts))
    box.close(30)
    assert bus.alerts == alerts


def test_too_many_events_are_given_up_oldest_first() -> None:
    bus, metrics = FakeBus("down"), FakeMetrics()
    box = outbox(bus, metrics)
    for _ in range(MOST_EVENTS + 5):
        box.tell(FAILED)
    assert metrics.given_up == 5
    box.close(0.01)
    assert metrics.given_up == MOST_EVENTS + 5


@given(
    steps=st.lists(
        st.one_of(
            st.tuples(st.just("put"), st.integers(1, 6)),
            st.tuples(st.just("clock"), st.integers(-20, 20)),
            st.sampled_from([("land", 0), ("refill", 0), ("break", 0), ("mend", 0)]),
        ),
        max_size=30,
    )
)
def test_every_alert_gets_to_the_bus(steps: Sequence[tuple[str, int]]) -> None:
    """Whatever the bus and the machine's clock do, and however small memory is: each alert is sent at least once."""
    bus, table, numbers = FakeBus(), FakeTable(), itertools.count()
    box, clock, put = outbox(bus, most_waiting=3), 0, list[Alert]()

    def land() -> None:
        mark = box.mark()
        table.rows = list(put)
        box.landed(mark)

    for step, number in steps:
        match step:
            case "put":
                alerts = [alert(next(numbers), MOMENT + clock) for _ in range(number)]
                put += alerts
                box.route(alerts)
            case "clock":
                clock += number
            case "land":
                land()
            case "refill":
                box.refill(table)
            case _:
                bus.reason = "down" if step == "break" else None
    bus.reason = None
    land()
    while box.unsent_since() is not None:
        box.refill(table)
    box.close(30)
    assert {one.alert_id for one in bus.alerts} == {one.alert_id for one in put}
