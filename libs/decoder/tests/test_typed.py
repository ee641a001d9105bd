"""Typed rows of several parts come out by market and id, each once and none that landed, with the columns of the table."""

import random
from collections.abc import Sequence

import pytest

from coattail_common import lake
from coattail_common.arrow import arrow_rows
from coattail_common.contracts import Side, Trade
from coattail_common.ids import IdRange, Market, Ranges
from coattail_common.lines import encode_trade, pack
from coattail_decoder import decoder, typed
from coattail_decoder.typed import Part, lake_rows, once, together
from coattail_testing.records import a_trade

MOMENT = 1_767_225_600_000_000
LANDED: dict[Market, Ranges] = {
    Market("binance", "BTC-USDT"): (IdRange(0, 4), IdRange(9, 9)),
    Market("coinbase", "BTC-USD"): (IdRange(20, 2**40),),
}


def part(trades: Sequence[Trade]) -> Part:
    made = decoder.decoder(bar=None, floor=None, rates={})
    found = made.decode([pack(map(encode_trade, trades))], ["a"], [MOMENT])
    return Part(found.look.markets, found.rows)


def some(seed: int, count: int) -> list[Trade]:
    draw = random.Random(seed)
    return [
        a_trade(
            draw.randrange(30),
            exchange=(market := draw.choice([("binance", "BTC-USDT"), ("coinbase", "BTC-USD"), ("kraken", "A-B")]))[0],
            symbol=market[1],
            price=str(draw.randrange(1, 10**9)),
            side=draw.choice(list(Side)),
            timestamp=MOMENT + draw.randrange(10**6),
        )
        for _ in range(count)
    ]


@pytest.mark.parametrize("form", ["compiled", "reference"])
@pytest.mark.parametrize("seed", range(10))
def test_rows_are_ordered_and_each_is_there_once(seed: int, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given = [some(seed * 3 + number, 40) for number in range(3)]
    parts = [part(one) for one in given]
    if form == "reference":
        monkeypatch.setattr(typed, "compiled", lambda: None)

    names, rows = together(parts)
    found = lake_rows(names, once(names, rows, LANDED))

    expected: dict[tuple[str, str, int], Trade] = {}
    for trade in (trade for one in given for trade in one):
        market = Market(trade.exchange, trade.symbol)
        if not any(ids.first <= trade.trade_id <= ids.last for ids in LANDED.get(market, ())):
            expected.setdefault((trade.symbol, trade.exchange, trade.trade_id), trade)
    wanted = arrow_rows([trade for _, trade in sorted(expected.items())])
    assert found.to_pylist() == wanted.to_pylist()
    assert found.column_names == [column.name for column in lake.columns(Trade)]


def test_no_rows_are_no_rows() -> None:
    names, rows = together([part([])])

    assert lake_rows(names, once(names, rows, {})).num_rows == 0


@pytest.mark.parametrize("trade_id", [0, 9, 10, 10**18, 2**63 - 1])
def test_an_event_id_ends_with_the_whole_trade_id(trade_id: int) -> None:
    trade = a_trade(trade_id)
    names, rows = together([part([trade])])

    assert lake_rows(names, rows)["event_id"].to_pylist() == [trade.event_id]


def test_rows_that_are_there_look_as_their_lines_did() -> None:
    trades = [trade for seed in range(5) for trade in some(seed, 60)]
    the = decoder.decoder(bar=1_000, floor=10_000.0, rates={"USD": 1.0})
    records = [pack(map(encode_trade, trades[begin : begin + 50])) for begin in range(0, len(trades), 50)]
    shards, arrivals = ["a", "b", "c"] * 2, [MOMENT + n for n in range(6)]
    found = the.decode(records, shards, arrivals)
    names, rows = together([Part(found.look.markets, found.rows)])

    look = the.look_at(names, rows, shards, arrivals)

    assert sorted(look.markets) == sorted(found.look.markets)
    assert look == found.look
