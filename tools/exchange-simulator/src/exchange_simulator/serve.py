"""One run of the simulator, from settings to the truth it leaves behind."""

import asyncio
import errno
import signal
import sys
from pathlib import Path

import msgspec
from aiohttp import web

from exchange_simulator.app import ENGINE, Limits, build_app
from exchange_simulator.clock import Clock, SystemClock
from exchange_simulator.errors import UsageError
from exchange_simulator.generator import GeneratedSource
from exchange_simulator.model import Venue
from exchange_simulator.ready import Ready
from exchange_simulator.replay import ReplaySource
from exchange_simulator.scenario import Scenario, default_scenario
from exchange_simulator.scenario_file import load_scenario
from exchange_simulator.settings import Settings
from exchange_simulator.simulator import Simulator
from exchange_simulator.truth import Truth
from exchange_simulator.venues import simulated

_CLOSE_WITHIN_SECONDS = 2.0


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
        sys.stdout.buffer.write(ready(settings.host, _port(runner)).line())
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
    """The exchanges' limits as configured: the setting ``kraken_rest_rate`` is Kraken's limit ``rest_rate``."""
    given = settings.model_dump()
    return {
        venue: simulated(venue).limits(
            **{name.removeprefix(f"{venue}_"): value for name, value in given.items() if name.startswith(f"{venue}_")}
        )
        for venue in Venue
    }


def ready(host: str, port: int) -> Ready:
    """Where a listening simulator is found."""
    addresses = {
        f"{venue}_{kind}": f"{'ws' if kind.endswith('ws') else 'http'}://{host}:{port}/{path}"
        for venue in Venue
        for kind, path in simulated(venue).paths.items()
    }
    return Ready(port=port, addresses=addresses, control=f"http://{host}:{port}/control")


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
