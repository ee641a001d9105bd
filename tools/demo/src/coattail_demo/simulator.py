"""The exchange simulator, as the demo's options want it."""

from pathlib import Path

from coattail_demo.layout import Layout
from coattail_demo.options import Options
from coattail_demo.processes import Command
from coattail_harness.exchange import NAME, words


def scenario_file(options: Options, layout: Layout) -> Path | None:
    """The file that says what is generated; None for a replay."""
    return options.scenario or (layout.demo_scenario if options.generates else None)


def command(options: Options, layout: Layout, port: int, scenario: Path | None) -> Command:
    """The simulator's command line."""
    given = {
        "--seconds": options.duration,
        "--seed": options.seed,
        "--rate": options.rate,
        "--scenario": scenario,
        "--exchange": options.exchange,
        "--speed": options.speed if options.replay else None,
    }
    flags = [word for flag, value in given.items() if value is not None for word in (flag, str(value))]
    recordings = [word for path in options.replay for word in ("--replay", str(path))]
    return Command(
        name=NAME,
        words=words("--json-logs", "--port", str(port), *flags, *recordings),
        log=layout.logs / f"{NAME}.log",
        announces=True,
        restarts=False,
    )
