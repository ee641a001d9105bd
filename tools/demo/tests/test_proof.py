"""The judgement: each thing that can be wrong is found, and nothing else is."""

from typing import Any

import msgspec
import pytest

from coattail_common.contracts import MarketTrades
from coattail_common.ids import ranges_of
from coattail_demo.evidence import AlertKey, Kept, SentMarket, StoredMarket
from coattail_demo.proof import judge, totals
from coattail_demo.testing import SWEEP, WHALE, landed, raised, sound

OTHER = AlertKey("whale_trade", "binance", "BTC-USDT", 13, 13)


def bitcoin(ids: list[int]) -> tuple[StoredMarket, ...]:
    """What is stored, with these rows of the first market."""
    return (StoredMarket("binance", "BTC-USDT", len(ids), ranges_of(ids)), sound().stored[1])


def test_all_is_well() -> None:
    proof = judge(sound())
    assert proof.problems == ()
    assert proof.outstanding == 0
    assert totals(proof.markets) == {
        "sent": 19,
        "stored": 19,
        "missing": 0,
        "unlanded": 0,
        "duplicates": 0,
        "unexpected": 0,
        "kept": 0,
    }


@pytest.mark.parametrize(
    ("changes", "problem", "outstanding"),
    [
        (
            {"stored": bitcoin([*range(10, 14), *range(16, 20)])},
            "binance:BTC-USDT: 2 trades are missing from the table, and not in Kinesis either: 14–15",
            2,
        ),
        (
            {"stored": sound().stored[1:]},
            "binance:BTC-USDT: 10 trades are missing from the table, and not in Kinesis either: 10–19",
            10,
        ),
        ({"stored": bitcoin([*range(10, 20), 11, 12])}, "binance:BTC-USDT: 2 rows repeat a trade", 0),
        ({"stored": bitcoin([*range(10, 21)])}, "binance:BTC-USDT: 1 trades are stored that were never sent", 0),
        (
            {"stored": (*sound().stored, StoredMarket("kraken", "BTC-USD", 3, ranges_of([1, 2, 3])))},
            "kraken:BTC-USD: 3 trades are stored that were never sent",
            0,
        ),
        ({"rejected": 4}, "4 lines of the stream were refused (dq_rejects)", 0),
        ({"injected": (WHALE, SWEEP, OTHER)}, f"not detected: {OTHER}", 1),
        ({"injected": (SWEEP,)}, f"false alert: {WHALE}", 0),
        ({"landed": (landed(SWEEP),)}, f"on the bus but not in anomaly_alerts: id of {WHALE}", 1),
        ({"landed": (landed(WHALE), landed(SWEEP), landed(SWEEP))}, "1 rows of anomaly_alerts repeat an alert", 0),
        ({"unread": ("not JSON",)}, "not what the contracts say: not JSON", 0),
    ],
)
def test_what_is_wrong_is_told(changes: dict[str, Any], problem: str, outstanding: int) -> None:
    proof = judge(sound(**changes))
    assert proof.problems == (problem,)
    assert proof.outstanding == outstanding


def test_an_alert_in_the_table_alone_is_a_problem() -> None:
    proof = judge(sound(raised=(raised(SWEEP),), injected=(SWEEP,)))
    assert proof.problems == (f"in anomaly_alerts but not on the bus: id of {WHALE}",)


def test_without_a_truth_alerts_are_neither_missed_nor_false() -> None:
    proof = judge(sound(injected=None))
    assert proof.problems == ()
    assert proof.undetected == proof.false_alerts == ()


def test_a_recording_with_holes_misses_only_what_was_in_it() -> None:
    sent = (SentMarket("coinbase", "BTC-USD", 1, 9, 4),)
    whole = StoredMarket("coinbase", "BTC-USD", 4, ranges_of([1, 4, 7, 9]))
    less = msgspec.structs.replace(whole, rows=3, ids=ranges_of([1, 4, 9]))
    assert judge(sound(sent=sent, stored=(whole,))).problems == ()
    assert judge(sound(sent=sent, stored=(less,))).outstanding == 1


def test_many_of_a_kind_are_counted_and_the_first_named() -> None:
    keys = [AlertKey("whale_trade", "binance", "BTC-USDT", number, number) for number in range(8)]
    proof = judge(sound(injected=(WHALE, SWEEP, *keys)))
    assert len(proof.problems) == 6
    assert proof.problems[-1] == "not detected: 3 more"


def test_trades_that_are_still_in_kinesis_are_not_lost() -> None:
    """Spark was too slow for 14 and 15; 16 is nowhere."""
    late = judge(
        sound(
            stored=bitcoin([*range(10, 14), *range(17, 20)]),
            in_stream={("binance", "BTC-USDT"): ranges_of(range(10, 16))},
            injected=(WHALE, SWEEP, OTHER),
        )
    )
    assert late.problems == (
        "binance:BTC-USDT: 2 trades have not landed yet, they are still in Kinesis: 14–16",
        "binance:BTC-USDT: 1 trades are missing from the table, and not in Kinesis either: 14–16",
        f"not detected yet: {OTHER}",
    )
    assert (late.missing, late.unlanded) == (3, 2)


def kept(ids: list[int]) -> Kept:
    return Kept(stored=(StoredMarket("binance", "BTC-USDT", len(ids), ranges_of(ids)),), newest_at=1)


def test_what_was_kept_is_neither_sent_nor_unexpected() -> None:
    proof = judge(sound(stored=bitcoin([*range(3, 20)]), kept=kept([*range(3, 10)])))
    assert proof.problems == ()
    assert (proof.markets[0].stored, proof.markets[0].kept) == (10, 7)


def test_a_recording_that_is_played_again_is_in_the_table_already() -> None:
    proof = judge(sound(kept=kept([*range(10, 20)])))
    assert proof.problems == ()
    assert proof.markets[0].stored == 10


def test_kept_trades_that_are_gone_are_a_problem() -> None:
    proof = judge(sound(kept=kept([*range(7, 10)])))
    assert proof.problems == ("binance:BTC-USDT: 3 trades of the kept tables are gone",)


def test_a_kept_market_without_trades_of_this_demo_is_not_listed() -> None:
    old = StoredMarket("kraken", "BTC-USD", 3, ranges_of([1, 2, 3]))
    proof = judge(sound(stored=(*sound().stored, old), kept=Kept(stored=(old,))))
    assert proof.problems == ()
    assert [market.exchange for market in proof.markets] == ["binance", "coinbase"]


@pytest.mark.parametrize("landed_ids", [[*range(3, 10)], [3, 4], []])
def test_trades_of_before_that_land_now_are_not_unexpected(landed_ids: list[int]) -> None:
    """An earlier demo's Spark was behind: what Kinesis had of it lands during this one, or not yet."""
    before = Kept(in_stream={("binance", "BTC-USDT"): ranges_of(range(3, 10))})
    proof = judge(sound(stored=bitcoin([*landed_ids, *range(10, 20)]), kept=before))
    assert proof.problems == ()
    assert proof.markets[0].stored == 10


@pytest.mark.parametrize(
    ("last", "counted", "leads_back"), [(13, 2, True), (20, 9, False), (20, 8, True), (99, 0, True)]
)
def test_an_alert_leads_back_to_as_many_trades_as_it_counts(last: int, counted: int, leads_back: bool) -> None:
    """The table has the trades 10 to 19 of this market."""
    trades = MarketTrades(
        exchange="binance", symbol="BTC-USDT", first_trade_id=12, last_trade_id=last, trade_count=counted
    )
    whale = msgspec.structs.replace(landed(WHALE), trades=(trades,))

    proof = judge(sound(landed=(whale, landed(SWEEP))))

    expected = () if leads_back else (f"an alert whose trades are not all in raw_trades: id of {WHALE}",)
    assert (proof.problems, proof.outstanding) == (expected, len(expected))


def test_what_nobody_injects_is_no_false_alert() -> None:
    """Alerts of other packages' modules are proved by bus, table and trades alone."""
    other = msgspec.structs.replace(WHALE, alert_type="busy_market")
    both = sound()

    proof = judge(sound(raised=(*both.raised, raised(other)), landed=(*both.landed, landed(other))))

    assert (proof.problems, proof.false_alerts) == ((), ())
