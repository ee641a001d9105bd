import json

import msgspec
import pytest

from exchange_simulator.binance import frames as binance
from exchange_simulator.coinbase import frames as coinbase
from exchange_simulator.corruption import OVERSIZE_BYTES, corrupt
from exchange_simulator.kraken import frames as kraken
from exchange_simulator.misbehaviour import Corruption
from exchange_simulator.model import Market, TakerSide, Trade, Venue
from exchange_simulator.source import Emission
from exchange_simulator.venues import simulated

TRADE = Trade(5, 6_183_763_000_000, 4_000_000, TakerSide.BUY, 0, 9, 1, 2)
BINANCE = Emission(Market(Venue.BINANCE, "BTC-USDT"), TRADE, 1_790_000_000_000_000)
COINBASE = Emission(Market(Venue.COINBASE, "BTC-USD"), TRADE, 1_790_000_000_000_000)
KRAKEN = Emission(Market(Venue.KRAKEN, "BTC-USD"), TRADE, 1_790_000_000_000_000)
GOOD = {
    "combined": binance.combined(BINANCE),
    "raw": binance.raw(BINANCE),
    "match": coinbase.match(COINBASE),
    "update": kraken.update(KRAKEN),
}
OF = {"combined": Venue.BINANCE, "raw": Venue.BINANCE, "match": Venue.COINBASE, "update": Venue.KRAKEN}
"""The exchange of each."""
YEAR_ONE = "0001-01-01T00:00:00.000000Z"

CHANGED: dict[Corruption, dict[str, object]] = {
    Corruption.MISSING_FIELD: {"p": None, "price": None},
    Corruption.WRONG_TYPE: {"t": "not-a-number", "trade_id": "not-a-number"},
    Corruption.NEGATIVE_QUANTITY: {"q": "-0.04000000", "size": "-0.04", "qty": -0.04},
    Corruption.ZERO_QUANTITY: {"q": "0.00000000", "size": "0", "qty": 0.0},
    Corruption.NAN_PRICE: {"p": "NaN", "price": "NaN"},
    Corruption.ABSURD_TIMESTAMP: {"T": -62_135_596_800_000, "time": YEAR_ONE, "timestamp": YEAR_ONE},
    Corruption.UNKNOWN_SYMBOL: {"s": "NOSUCHUSDT", "product_id": "NOSUCH-USD", "symbol": "NOSUCH/USD"},
    Corruption.WRONG_SIDE: {"m": "maybe", "side": "hold"},
}


def broken(form: str, kind: Corruption) -> bytes:
    return corrupt(GOOD[form], kind, simulated(OF[form]).names)


def fields(frame: bytes) -> dict[str, object]:
    whole = json.loads(frame)
    inner = whole.get("data", whole)
    return dict(inner[0] if isinstance(inner, list) else inner)


@pytest.mark.parametrize("form", GOOD)
@pytest.mark.parametrize("kind", CHANGED)
def test_one_field_is_broken_and_the_others_are_not(form: str, kind: Corruption) -> None:
    before, after = fields(GOOD[form]), fields(broken(form, kind))
    different = {name for name in before if before[name] != after.get(name)}
    expected = {name for name in CHANGED[kind] if name in before}
    assert different == expected
    assert all(after.get(name) == CHANGED[kind][name] for name in expected)


@pytest.mark.parametrize("form", GOOD)
def test_frames_that_are_no_json_at_all(form: str) -> None:
    for kind in (Corruption.TRUNCATED_JSON, Corruption.NOT_JSON, Corruption.EMPTY_FRAME):
        with pytest.raises(msgspec.DecodeError):
            msgspec.json.decode(broken(form, kind))


def test_an_oversize_frame_is_otherwise_good() -> None:
    frame = broken("combined", Corruption.OVERSIZE_FRAME)
    assert len(frame) > OVERSIZE_BYTES
    assert fields(frame).items() >= fields(GOOD["combined"]).items()


def test_the_stream_of_an_unknown_symbol_is_unknown_too() -> None:
    frame = json.loads(broken("combined", Corruption.UNKNOWN_SYMBOL))
    assert frame["stream"] == "nosuchusdt@trade"
