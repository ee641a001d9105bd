"""What Spark brings to the driver of a batch: every id, every refusal, and no fill that could matter is left out."""

from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest

from coattail_common.contracts import Side
from coattail_common.ids import IdRange, Market
from coattail_common.lines import encode_trade, pack
from coattail_detectors.kernel.observed import Wanted
from coattail_testing.records import a_trade
from coattail_testkit.stream import MOMENT, record, record_of, trade
from stream_detectors import observation
from stream_detectors.observation import Observation
from stream_detectors.parts import Wishes, look_of, parts_of, reads_of
from stream_detectors.source.records import StreamRecord

BTC = Market("binance", "BTC-USDT")
ETH = Market("coinbase", "ETH-USD")
WANTED = Wanted(floor=Decimal(100_000), rates={"USD": Decimal(1), "USDT": Decimal(1)}, bar=1_000_000)


def observed(*stream_records: StreamRecord) -> Observation:
    part = parts_of(stream_records, reads_of(stream_records), Wishes.of(WANTED)).column("part")[0]
    return observation.observed([look_of(part.as_py())], WANTED)


def test_the_ids_of_each_market_come_as_ranges_whatever_their_size_and_repeats() -> None:
    ids = [0, 1, 2, 32_767, 32_768, 32_769, 3_735_683_259, 3_735_683_260, 3_735_683_260]

    seen = observed(
        record_of([trade(number, timestamp=MOMENT) for number in ids]),
        record_of([trade(5, exchange="coinbase", symbol="ETH-USD")]),
    )

    assert seen.ids == {
        BTC: (IdRange(0, 2), IdRange(32_767, 32_769), IdRange(3_735_683_259, 3_735_683_260)),
        ETH: (IdRange(5, 5),),
    }
    assert seen.trades == len(ids) + 1


def test_refusals_are_counted_by_rule() -> None:
    seen = observed(record([b"x", b"y", b"{}"]), record_of([trade(1)]))

    assert seen.refused == {"malformed.not_json": 2, "incomplete.event_id": 1}
    assert seen.trades == 1


def test_a_batch_of_nothing_but_refusals_has_no_fills() -> None:
    seen = observed(record([b"x"]))

    assert (seen.trades, seen.ids, seen.fills) == (0, {}, ())


def test_large_trades_large_milliseconds_and_the_edges_are_brought() -> None:
    calm = [trade(number) for number in range(1, 50)]
    whale = trade(50, "250000")
    sweep = [trade(number, "60000", timestamp=MOMENT + 900_000, side=Side.SELL) for number in (51, 52)]
    just_below = [trade(number, "49999", timestamp=MOMENT + 950_000) for number in (53, 54)]
    last = trade(55)

    (market,) = observed(record_of([*calm, whale, *sweep, *just_below, last])).fills

    assert [one.trade_id for one in market.fills] == [1, 50, 51, 52, 55]
    assert market.quote == "USDT"
    assert market.fills[1].amount == Decimal(250_000)


def test_the_milliseconds_beside_a_hole_are_brought_for_their_fills_may_come_later() -> None:
    before = [trade(number, timestamp=MOMENT + 100_000) for number in (8, 9)]
    after = [trade(number, timestamp=MOMENT + 200_000) for number in (12, 13)]
    others = [trade(number) for number in (*range(1, 8), *range(14, 20))]

    (market,) = observed(record_of([*before, *after, *others])).fills

    # The ends of every run, as they came: 7 and 14 stand beside others that came before.
    assert [one.trade_id for one in market.fills] == [1, 7, 8, 9, 12, 13, 14, 19]


def test_a_repeated_fill_is_brought_once() -> None:
    (market,) = observed(record_of([trade(1, "60000")] * 3)).fills

    assert [one.trade_id for one in market.fills] == [1]


@pytest.mark.parametrize("off", [-3600, 0, 3600])
def test_a_connectors_clock_does_not_move_its_exchanges_time(off: int) -> None:
    """An hour behind, it stopped its exchange's windows: the guard against trades of tomorrow asked that clock."""
    second = 1_000_000
    one = msgspec.structs.replace(a_trade(7, timestamp=MOMENT), ingestion_timestamp=MOMENT + off * second)
    arrived = datetime.fromtimestamp((MOMENT + second) / second, UTC)
    seen = observed(StreamRecord(pack([encode_trade(one)]), "any", "1", "shard", arrived))

    assert list(seen.times.values()) == [MOMENT]
    assert seen.delays == {"binance": (1 - off) * second}


def test_a_trade_of_tomorrow_does_not_end_todays_windows() -> None:
    """Its own time counts up to ten seconds after its arrival at Kinesis."""
    second = 1_000_000
    ahead = MOMENT + 3600 * second
    one = msgspec.structs.replace(a_trade(7, timestamp=ahead), ingestion_timestamp=ahead)
    arrived = datetime.fromtimestamp(MOMENT / second, UTC)
    seen = observed(StreamRecord(pack([encode_trade(one)]), "any", "1", "shard", arrived))

    assert list(seen.times.values()) == [MOMENT + 10 * second]
