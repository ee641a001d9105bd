import io
import json
from collections.abc import Awaitable, Callable
from typing import Any

from exchange_simulator.model import Venue
from exchange_simulator.plans import QuoteDepegPlan, VolumeSpikePlan

type Serve = Callable[..., Awaitable[Any]]


async def get(served: Any, path: str) -> Any:
    async with served.client.get(f"{served.url}/control/{path}") as reply:
        return await reply.json()


async def post(served: Any, path: str, body: object = None) -> Any:
    async with served.client.post(f"{served.url}/control/{path}", json=body) as reply:
        return await reply.json()


async def test_start_stop_and_status(serve: Serve) -> None:
    served = await serve(is_running=False)
    assert await get(served, "health") == {"status": "ok"}
    assert (await get(served, "status"))["state"] == "idle"
    assert (await post(served, "start"))["state"] == "running"
    while (await get(served, "status"))["sent"] < 20:
        pass
    stopped = await post(served, "stop")
    assert stopped["state"] == "stopped"
    assert stopped == await get(served, "status")
    assert stopped["sent"] == sum(market["sent"] for market in stopped["markets"])


async def test_the_truth_has_episodes_that_are_over_and_one_that_the_end_cuts_short(
    serve: Serve, two_markets: Any
) -> None:
    plans = (
        VolumeSpikePlan(at=0.1, seconds=0.2, exchange=Venue.BINANCE, symbol="BTC-USDT", times=4.0),
        QuoteDepegPlan(at=0.3, seconds=30, percent=-1.5),
    )
    served = await serve(two_markets(events=plans), seconds=0.5)
    while not (await get(served, "status"))["finished"]:
        pass
    truth = await get(served, "truth")
    spike, depeg = truth["episodes"]
    market = truth["markets"][0]
    assert list(spike) == [
        "alert_type",
        "exchange",
        "symbol",
        "began_at",
        "full_from",
        "full_until",
        "ended_at",
        "first_trade_id",
        "last_trade_id",
        "magnitude",
    ]
    assert (spike["alert_type"], spike["exchange"], spike["symbol"]) == ("volume_spike", "binance", "BTC-USDT")
    assert market["first_trade_id"] < spike["first_trade_id"] < spike["last_trade_id"] < market["last_trade_id"]
    assert market["first_trade_time"] < spike["began_at"] < spike["ended_at"] == spike["began_at"] + 200_000
    assert (depeg["alert_type"], depeg["exchange"], depeg["symbol"]) == ("quote_depeg", None, "USDT-USD")
    assert depeg["full_from"] == depeg["full_until"] == depeg["ended_at"] == spike["began_at"] + 400_000
    assert depeg["first_trade_id"] is depeg["last_trade_id"] is None


async def test_truth_and_times(serve: Serve, two_markets: Any) -> None:
    served = await serve(two_markets(event_period=0.1))
    while len((await get(served, "truth"))["events"]) < 4:
        pass
    await post(served, "stop")
    truth = await get(served, "truth")
    assert list(truth) == ["seed", "scenario", "markets", "events", "episodes", "misbehaved", "skipped"]
    for event in truth["events"]:
        assert list(event) == [
            "alert_type",
            "exchange",
            "symbol",
            "side",
            "first_trade_id",
            "last_trade_id",
            "fills",
            "usd",
            "trade_time",
            "sent_at",
        ]
        assert event["fills"] == event["last_trade_id"] - event["first_trade_id"] + 1
    rows = [[event["exchange"], event["symbol"], event["last_trade_id"]] for event in truth["events"]]
    bulk = await post(served, "sent_at", {"trades": [*rows, ["binance", "NO-SUCH", 1], ["binance", "BTC-USDT", 1]]})
    assert bulk["sent_at"] == [*(event["sent_at"] for event in truth["events"]), None, None]
    exchange, symbol, trade_id = rows[0]
    one = await get(served, f"sent_at?exchange={exchange}&symbol={symbol}&trade_id={trade_id}")
    assert one == {"sent_at": bulk["sent_at"][0]}


async def test_wrong_questions_are_answered_with_what_is_wrong(serve: Serve) -> None:
    served = await serve(is_running=False)
    assert "expected ?exchange=" in (await get(served, "sent_at?exchange=kraken"))["error"]
    assert "valid keys are: trades" in (await post(served, "sent_at", {"trade": []}))["error"]
    too_many = io.BytesIO(json.dumps({"trades": [["binance", "A-B", 1]] * 100_001}).encode())
    async with served.client.post(f"{served.url}/control/sent_at", data=too_many) as reply:
        assert "at most 100000" in (await reply.json())["error"]


async def test_the_time_of_a_trade_is_that_of_its_first_write_to_a_socket(serve: Serve) -> None:
    served = await serve(is_running=False)
    async with served.client.ws_connect(f"{served.binance}/ws/btcusdt@trade") as socket:
        served.simulator.engine.start()
        for _ in range(20):
            trade = await socket.receive_json(timeout=60)
        sent_at = (await get(served, f"sent_at?exchange=binance&symbol=BTC-USDT&trade_id={trade['t']}"))["sent_at"]
    assert trade["T"] * 1000 <= sent_at <= served.simulator.clock.now_us()
