from pathlib import Path

import msgspec
import pytest

from exchange_simulator.errors import UsageError
from exchange_simulator.misbehaviour import Corruption, MisbehaviourKind
from exchange_simulator.model import TakerSide, Venue
from exchange_simulator.plans import QuoteDepegPlan, SpreadDivergencePlan, VolumeSpikePlan, WhaleSweepPlan
from exchange_simulator.scenario import default_scenario
from exchange_simulator.scenario_file import load_scenario

MARKETS = "markets: [{exchange: binance, symbol: BTC-USDT, price: 60000}]\n"

WHOLE = """
seed: 42
rate: 500
basis: 0.001
event_period: 2
markets:
  - {exchange: binance, symbol: BTC-USDT, price: 61800, share: 3, volatility: 0.8, first_trade_id: 1000}
  - {exchange: coinbase, symbol: BTC-USD, price: 61800}
events:
  - {at: 3, kind: whale_sweep, exchange: binance, symbol: BTC-USDT, side: sell, usd: 750000, fills: 300}
  - {at: 4, seconds: 10, kind: volume_spike, exchange: coinbase, symbol: BTC-USD, times: 12.5, every: 60}
  - {at: 5, seconds: 20, ramp: 2, kind: spread_divergence, exchange: binance, symbol: BTC-USDT, percent: -1.5}
  - {at: 6, seconds: 30, kind: quote_depeg, quote: USDT}
misbehave:
  - {at: 5, kind: corrupt, exchange: coinbase, symbol: BTC-USD, count: 3, corruption: nan_price}
"""


def load(folder: Path, text: str) -> None:
    path = folder / "scenario.yaml"
    path.write_text(text)
    load_scenario(path)


def test_everything_a_scenario_can_say(tmp_path: Path) -> None:
    path = tmp_path / "scenario.yaml"
    path.write_text(WHOLE)
    scenario = load_scenario(path)
    assert (scenario.seed, scenario.rate, scenario.period, scenario.basis) == (42, 500, 2, 0.001)
    assert scenario.markets[0].first_trade_id == 1000
    btc = {"exchange": Venue.BINANCE, "symbol": "BTC-USDT"}
    assert scenario.events == (
        WhaleSweepPlan(at=3, **btc, side=TakerSide.SELL, usd=750_000, fills=300),
        VolumeSpikePlan(at=4, seconds=10, exchange=Venue.COINBASE, symbol="BTC-USD", times=12.5, every=60),
        SpreadDivergencePlan(at=5, seconds=20, ramp=2, **btc, percent=-1.5),
        QuoteDepegPlan(at=6, seconds=30, quote="USDT"),
    )
    assert scenario.misbehave[0].kind is MisbehaviourKind.CORRUPT
    assert scenario.misbehave[0].corruption is Corruption.NAN_PRICE
    assert scenario.misbehave[0].exchange is Venue.COINBASE


def test_the_built_in_scenario_is_one_that_a_file_could_hold(tmp_path: Path) -> None:
    path = tmp_path / "scenario.yaml"
    path.write_bytes(msgspec.yaml.encode(default_scenario()))
    assert load_scenario(path) == default_scenario()


@pytest.mark.parametrize(
    "path",
    sorted(
        [
            *(Path(__file__).parents[1] / "scenarios").glob("*.yaml"),
            *(Path(__file__).parents[3] / "config" / "scenarios").glob("*.yaml"),
        ]
    ),
    ids=lambda path: path.stem,
)
def test_the_scenarios_that_come_with_it_can_be_loaded(path: Path) -> None:
    assert load_scenario(path).markets


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            MARKETS + "rates: 5",
            "unknown key `rates`; valid keys are: basis, event_period, events, largest_usd, markets",
        ),
        (
            "markets: [{exchange: binance, symbol: A-B, prize: 1}]",
            "unknown key `prize` in markets; valid keys are: exch",
        ),
        (MARKETS + "events: [{at: 1}]", "Object missing required field `kind` - at `$.events[0]`"),
        (MARKETS + "events: [{at: 1, kind: rain}]", "Invalid value 'rain' - at `$.events[0].kind`"),
        (
            MARKETS + "events: [{kind: volume_spike, when: 1}]",
            "unknown key `when` in events; valid keys are: at, every, exchange, fills, kind, percent, quote, ramp",
        ),
        (MARKETS + "events: [{at: -1, seconds: 5, kind: quote_depeg}]", "at is -1.0, expected seconds from the start"),
        (MARKETS + "events: [{at: 1, seconds: 0, kind: quote_depeg}]", "seconds is 0.0, expected more than 0"),
        (
            MARKETS + "events: [{at: 1, seconds: 5, every: 5, kind: quote_depeg}]",
            "every is 5.0, expected more than the 5.0 seconds that it lasts",
        ),
        (MARKETS + "events: [{at: 1, seconds: 5, percent: 0, kind: quote_depeg}]", "percent is 0.0, expected between"),
        (MARKETS + "events: [{at: 1, seconds: 5, ramp: 3, kind: quote_depeg}]", "ramp is 3.0, expected at most half"),
        (
            MARKETS + "events: [{at: 1, seconds: 5, kind: quote_depeg, quote: USDC}]",
            "a quote_depeg is of USDC, which no market of the scenario is quoted in",
        ),
        (
            MARKETS
            + "events: [{at: 1, seconds: 5, times: 1, kind: volume_spike, exchange: binance, symbol: BTC-USDT}]",
            "times is 1.0, expected a multiple above 1",
        ),
        (
            MARKETS + "events: [{at: 1, seconds: 5, kind: volume_spike, exchange: binance, symbol: X-Y}]",
            "an event is in binance:X-Y, which is not among",
        ),
        (MARKETS + "largest_usd: 100000", "largest_usd is 100000.0, expected more than 100000"),
        (MARKETS.replace("60000}", "60000, typical_usd: 0}"), "typical_usd is 0.0, expected above 0"),
        (MARKETS + "misbehave: [{who: 1}]", "unknown key `who` in misbehave; valid keys are: at, corruption, count"),
        (MARKETS + "rate: fast", "Expected `float`, got `str` - at `$.rate`"),
        (MARKETS + "rate: 0", "rate is 0.0, expected trades per second"),
        ("seed: 1", "Object missing required field `markets`"),
        ("markets: []", "markets is empty"),
        (MARKETS.replace("BTC-USDT", "BTCUSDT"), "symbol is 'BTCUSDT', expected BASE-QUOTE"),
        (MARKETS.replace("binance", "bitmex"), "Invalid enum value 'bitmex'"),
        (MARKETS.replace("60000}", "60000}, {exchange: binance, symbol: BTC-USDT, price: 1}"), "is listed twice"),
        (
            MARKETS
            + "events: [{at: 1, kind: whale_trade, exchange: binance, symbol: BTC-USDT, side: buy, usd: 100000}]",
            "usd is 100000.0, expected more than 100000",
        ),
        (
            MARKETS
            + "events: [{at: 1, kind: whale_sweep, exchange: binance, symbol: BTC-USDT, side: buy, usd: 900000, "
            "fills: 5}]",
            "needs 10 to 700 fills",
        ),
        (
            MARKETS + "events: [{at: 1, kind: whale_trade, exchange: binance, symbol: X-Y, side: buy, usd: 200000}]",
            "an event is in binance:X-Y, which is not among",
        ),
        (
            MARKETS + "misbehave: [{at: 1, kind: drop, exchange: binance, symbol: X-Y}]",
            "a misbehaviour is in binance:X-Y",
        ),
        ("", "is empty; it needs at least `markets:`"),
        ("markets: [", "is not YAML"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_with_the_file(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(UsageError) as refused:
        load(tmp_path, text)
    message = str(refused.value)
    assert str(tmp_path / "scenario.yaml") in message
    assert problem in message
    assert "\n" not in message


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere\.yaml: No such file or directory; give the path"):
        load_scenario(tmp_path / "nowhere.yaml")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("markets: [{exchange: binance, symbol: BTC-USDT, price: 1, share: .nan}]", "markets.0.share"),
        (
            "rate: 100\nbasis: 0.1\nmarkets: [{exchange: binance, symbol: BTC-USDT, price: 1, share: .inf}]",
            "markets.0.share",
        ),
        (
            "markets: [{exchange: binance, symbol: BTC-USDT, price: 1}]\n"
            "events: [{at: .nan, kind: whale_trade, exchange: binance, symbol: BTC-USDT, side: buy, usd: 200000}]",
            "events.0.at",
        ),
    ],
)
def test_a_number_that_is_none_is_refused(tmp_path: Path, text: str, place: str) -> None:
    """No comparison is true of NaN, so that a limit does not refuse it."""
    path = tmp_path / "scenario.yaml"
    path.write_text(text)
    with pytest.raises(UsageError, match=f"{place} is no finite number"):
        load_scenario(path)
