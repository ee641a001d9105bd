"""One run of the simulator, from settings to the truth it leaves behind."""

import asyncio
import errno
import signal
import sys
from pathlib import Path

import msgspec
from aiohttp import web

from exchange_simulator.app import ENGINE, Limits, build_app
from exchange_simulator.binance.socket import BinanceLimits
from exchange_simulator.clock import Clock, SystemClock
from exchange_simulator.coinbase.socket import CoinbaseLimits
from exchange_simulator.errors import UsageError
from exchange_simulator.generator import GeneratedSource
from exchange_simulator.model import Venue
from exchange_simulator.replay import ReplaySource
from exchange_simulator.scenario import Scenario, default_scenario
from exchange_simulator.scenario_file import load_scenario
from exchange_simulator.settings import Settings
from exchange_simulator.simulator import Simulator
from exchange_simulator.truth import Truth

_CLOSE_WITHIN_SECONDS = 2.0


class Ready(msgspec.Struct, frozen=True):
    """The line on stdout that says where everything is."""

    ready: bool
    port: int
    binance_ws: str
    binance_rest: str
    coinbase_ws: str
    coinbase_rest: str
    coinbase_advanced_ws: str
    kraken_ws: str
    kraken_rest: str
    control: str


async def serve(settings: Settings) -> None:
    """Listen until SIGTERM or SIGINT, then write the truth.

    Raises:
        UsageError: a file cannot be used, or the port is taken.
    """
    simulator = build_simulator(settings, SystemClock())
    if settings.truth is not None:
        # Found out now and not after the run: the file can be written.
        write_truth(settings.truth, simulator.truth())
    app = build_app(simulator, limits(settings))
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_CLOSE_WITHIN_SECONDS)
    await runner.setup()
    try:
        await _listen(runner, settings)
        sys.stdout.buffer.write(msgspec.json.encode(ready(settings.host, _port(runner))) + b"\n")
        sys.stdout.flush()
        if settings.autostart:
            simulator.engine.start()
        await _until_told_or_broken(app[ENGINE])
        simulator.engine.stop()
    finally:
        await runner.cleanup()
    if settings.truth is not None:
        write_truth(settings.truth, simulator.truth())


def build_simulator(settings: Settings, clock: Clock) -> Simulator:
    """The simulator that the settings ask for.

    Raises:
        UsageError: the scenario or a recording cannot be used.
    """
    if settings.replay and settings.exchange is not None:
        return Simulator(
            ReplaySource(settings.replay, Venue(settings.exchange)),
            clock=clock,
            seed=0,
            scenario=" ".join(path.name for path in settings.replay),
            speed=settings.speed,
            seconds=settings.seconds,
            history=settings.history,
        )
    scenario = default_scenario() if settings.scenario is None else load_scenario(settings.scenario)
    scenario = with_overrides(scenario, settings)
    return Simulator(
        GeneratedSource(scenario),
        clock=clock,
        seed=scenario.seed,
        scenario="default" if settings.scenario is None else settings.scenario.name,
        seconds=settings.seconds,
        misbehave=scenario.misbehave,
        history=settings.history,
    )


def with_overrides(scenario: Scenario, settings: Settings) -> Scenario:
    """The scenario with the seed and the rate that were given on the command line, where they were."""
    if settings.seed is not None:
        scenario = msgspec.structs.replace(scenario, seed=settings.seed)
    if settings.rate is not None:
        scenario = msgspec.structs.replace(scenario, rate=settings.rate)
    return scenario


def limits(settings: Settings) -> Limits:
    """The exchanges' limits as configured."""
    return Limits(
        binance=BinanceLimits(
            ping_interval=settings.binance_ping_interval,
            pong_timeout=settings.binance_pong_timeout,
            connection_life=settings.binance_connection_life,
            shutdown_notice=settings.binance_shutdown_notice,
        ),
        binance_weight=settings.binance_weight_limit,
        coinbase=CoinbaseLimits(subscribe_within=settings.coinbase_subscribe_within),
        coinbase_requests_per_second=settings.coinbase_rest_rate,
        coinbase_burst=settings.coinbase_rest_burst,
        kraken_requests_per_second=settings.kraken_rest_rate,
    )


def ready(host: str, port: int) -> Ready:
    """Where a listening simulator is found."""
    return Ready(
        ready=True,
        port=port,
        binance_ws=f"ws://{host}:{port}/binance",
        binance_rest=f"http://{host}:{port}/binance",
        coinbase_ws=f"ws://{host}:{port}/coinbase/ws",
        coinbase_rest=f"http://{host}:{port}/coinbase",
        coinbase_advanced_ws=f"ws://{host}:{port}/coinbase/advanced",
        kraken_ws=f"ws://{host}:{port}/kraken/v2",
        kraken_rest=f"http://{host}:{port}/kraken",
        control=f"http://{host}:{port}/control",
    )


def write_truth(path: Path, truth: Truth) -> None:
    """Write the account, whole or not at all.

    Raises:
        UsageError: the file cannot be written.
    """
    part = path.with_name(f"{path.name}.part")
    try:
        part.write_bytes(msgspec.json.format(msgspec.json.encode(truth)) + b"\n")
        part.replace(path)
    except OSError as error:
        raise UsageError(
            f"truth {path}: {error.strerror or error}; give a file in a folder that can be written"
        ) from error


async def _listen(runner: web.AppRunner, settings: Settings) -> None:
    try:
        await web.TCPSite(runner, settings.host, settings.port).start()
    except OSError as error:
        what = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be listened on ({error.strerror})"
        raise UsageError(
            f"port {settings.port} of {settings.host} {what}; give another with --port, or 0 for a free one"
        ) from error


def _port(runner: web.AppRunner) -> int:
    return int(runner.addresses[0][1])


async def _until_told_or_broken(engine: asyncio.Task[None]) -> None:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    waiting = asyncio.create_task(told.wait())
    await asyncio.wait((waiting, engine), return_when=asyncio.FIRST_COMPLETED)
    if engine.done():
        waiting.cancel()
        engine.result()
