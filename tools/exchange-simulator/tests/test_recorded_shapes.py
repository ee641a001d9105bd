"""Every frame the simulator makes, field for field against frames that were recorded or documented."""

import gzip
import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from exchange_simulator.binance import frames as binance
from exchange_simulator.binance.requests import parse
from exchange_simulator.coinbase import frames as coinbase
from exchange_simulator.generator import GeneratedSource
from exchange_simulator.model import Venue
from exchange_simulator.scenario import default_scenario
from exchange_simulator.source import Emission

FORMS = {
    "eight places": r"\d+\.\d{8}",
    "shortest decimal": r"(0|[1-9]\d*)(\.\d*[1-9])?",
    "uuid": r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    "iso micros": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z",
    "product": r"[A-Z0-9]+-[A-Z0-9]+",
    "symbol": r"[A-Z0-9]+",
    "stream": r"[a-z0-9]+@trade",
    "side": r"buy|sell",
}


VERBATIM = ("type", "e")


def shape(value: object, key: str = "") -> object:
    """A frame without its values: keys in order, JSON types, and the strings that name the kind of message."""
    if isinstance(value, dict):
        return [(name, shape(inner, name)) for name, inner in value.items()]
    if isinstance(value, list):
        return sorted({repr(shape(inner)) for inner in value})
    return value if key in VERBATIM else type(value).__name__


def strings(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Every string of a frame, with the path to it."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from strings(inner, f"{path}.{name}")
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner, f"{path}[]")
    elif isinstance(value, str):
        yield path, value


def forms(frames: list[bytes]) -> dict[str, set[str]]:
    """By path, the forms that all the strings there have."""
    common: dict[str, set[str]] = {}
    for frame in frames:
        for path, text in strings(json.loads(frame)):
            fitting = {form for form, pattern in FORMS.items() if re.fullmatch(pattern, text)}
            common[path] = common.get(path, fitting) & fitting
    return common


def assert_like(made: list[bytes], real: list[bytes]) -> None:
    """The same keys in the same order, the same types, and every form that all the real strings have."""
    assert made
    assert real
    assert {repr(shape(json.loads(frame))) for frame in made} == {repr(shape(json.loads(frame))) for frame in real}
    made_forms = forms(made)
    for path, wanted in forms(real).items():
        assert wanted <= made_forms[path], path


@pytest.fixture(scope="module")
def emissions() -> list[Emission]:
    """Twelve seconds of the default scenario: background, whales and sweeps of both venues."""
    source = GeneratedSource(default_scenario())
    return source.take(12_000_000, 1_790_000_000_000_000).emissions


def of(venue: Venue, emissions: list[Emission]) -> list[Emission]:
    return [emission for emission in emissions if emission.market.exchange is venue]


def recorded(path: Path, marker: bytes) -> list[bytes]:
    """The frames of a gzipped recording that contain a marker."""
    with gzip.open(path) as file:
        return [line[line.index(b"{") :].rstrip() for line in file if marker in line and not line.startswith(b"wss")]


def documented(path: Path, marker: str) -> list[bytes]:
    return [line.encode() for line in path.read_text().splitlines() if marker in line]


def is_compact(frame: bytes) -> bool:
    return frame == json.dumps(json.loads(frame), separators=(",", ":")).encode()


@pytest.mark.parametrize("name", ["btcusdt_20240808.gz", "ethusdt_20240808.gz"])
def test_binance_combined_trades(recordings: Path, emissions: list[Emission], name: str) -> None:
    real = recorded(recordings / "binance_spot" / name, b"@trade")
    made = [binance.combined(emission) for emission in of(Venue.BINANCE, emissions)]
    assert len(made) > 1000
    assert_like(made, real)
    assert all(is_compact(frame) for frame in itertools.chain(made, real))


def test_binance_event_time_follows_trade_time_as_recorded(recordings: Path, emissions: list[Emission]) -> None:
    def lags(frames: list[bytes]) -> set[int]:
        data = [json.loads(frame)["data"] for frame in frames]
        return {trade["E"] - trade["T"] for trade in data}

    real = recorded(recordings / "binance_spot" / "btcusdt_20240808.gz", b"@trade")
    made = [binance.combined(emission) for emission in of(Venue.BINANCE, emissions)]
    assert lags(made) <= lags(real)


def test_binance_raw_trades(recordings: Path, emissions: list[Emission]) -> None:
    real = documented(recordings / "frames" / "binance_control.jsonl", '"e": "trade"')
    made = [binance.raw(emission) for emission in of(Venue.BINANCE, emissions)]
    assert_like(made, real)


@pytest.mark.parametrize("is_combined", [True, False])
def test_binance_server_shutdown(recordings: Path, *, is_combined: bool) -> None:
    real = documented(recordings / "frames" / "binance_control.jsonl", "serverShutdown")
    expected = next(frame for frame in real if frame.startswith(b'{"stream"') is is_combined)
    made = binance.server_shutdown(1_780_000_000_123, is_combined=is_combined)
    assert json.loads(made) == json.loads(expected)
    assert_like([made], [expected])


@pytest.mark.parametrize(
    ("asked", "reply"),
    [
        ('{"method":"SUBSCRIBE","params":["a@trade"],"id":7}', {"result": None, "id": 7}),
        ('{"method":"SET_PROPERTY","params":[1,true],"id":1}', "property name must be a string"),
        ('{"method":"LIST_SUBSCRIPTIONS","params":["x"],"id":1}', "too many parameters"),
        ("   {", "expected value at line 1 column 4"),
    ],
)
def test_binance_replies(recordings: Path, asked: str, reply: object) -> None:
    real = [json.loads(line) for line in (recordings / "frames" / "binance_control.jsonl").read_text().splitlines()]
    answer = parse(asked)
    made = json.loads(msgspec.json.encode(answer if isinstance(answer, binance.Refusal) else answer.done()))
    assert shape(made) in [shape(frame) for frame in real]
    if isinstance(reply, str):
        assert made["msg"].endswith(reply)
    else:
        assert made == reply


def test_coinbase_matches(recordings: Path, emissions: list[Emission]) -> None:
    real = recorded(recordings / "coinbase_exchange" / "COINBASE.ws.28.0.gz", b'"type":"match"')
    made = [coinbase.match(emission) for emission in of(Venue.COINBASE, emissions)]
    assert len(real) == 97
    assert_like(made, real)
    assert all(is_compact(frame) for frame in itertools.chain(made, real))


def test_coinbase_last_matches(recordings: Path) -> None:
    real = recorded(recordings / "coinbase_exchange" / "COINBASE.ws.28.0.gz", b'"type":"last_match"')
    source = GeneratedSource(default_scenario())
    before = [source.before(market, 1_790_000_000_000_000) for market in source.markets]
    made = [coinbase.last_match(one) for one in before if one is not None and one.market.exchange is Venue.COINBASE]
    assert len(real) == 10
    assert len(made) == 2
    assert_like(made, real)


def test_coinbase_heartbeats(recordings: Path, emissions: list[Emission]) -> None:
    real = documented(recordings / "frames" / "coinbase_exchange_control.jsonl", "heartbeat")
    real = [frame for frame in real if b"subscriptions" not in frame]
    made = coinbase.heartbeat(of(Venue.COINBASE, emissions)[-1], 1_790_000_000_000_000)
    assert_like([made], real)


def test_coinbase_subscriptions(recordings: Path) -> None:
    real = recorded(recordings / "coinbase_exchange" / "COINBASE.ws.28.0.gz", b'"type":"subscriptions"')
    real = [re.sub(rb'"name":"[a-z0-9]+"', b'"name":"matches"', frame) for frame in real]
    made = msgspec.json.encode(coinbase.Subscriptions([coinbase.Channel("matches", ["BTC-USD", "ETH-USD"])]))
    assert_like([made], real)


@pytest.mark.parametrize(
    "made",
    [
        coinbase.ErrorMessage("Failed to subscribe", "XXX-USD is not a valid product"),
        coinbase.ErrorMessage("Malformed JSON"),
        coinbase.ErrorMessage("slow consume", "too many unread messages"),
    ],
)
def test_coinbase_errors(recordings: Path, made: coinbase.ErrorMessage) -> None:
    real = documented(recordings / "frames" / "coinbase_exchange_control.jsonl", '"error"')
    assert json.loads(msgspec.json.encode(made)) in [json.loads(frame) for frame in real]
    assert list(json.loads(msgspec.json.encode(made)))[:2] == ["type", "message"]
