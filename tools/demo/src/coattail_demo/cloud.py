"""The local cloud, by its own commands: `up`, `deploy`, `down`.

What Spark waits for is deployed first; the other stacks follow while Spark starts and trades flow.
"""

import asyncio
import contextlib
import re
import shutil
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Final

import msgspec

from coattail_demo import spark_defaults
from coattail_demo.errors import ConfigurationError, DemoError
from coattail_demo.layout import Layout
from coattail_demo.ports import HOST
from coattail_demo.processes import CONFIGURATION_EXIT, Say

_PREFIX: Final = "local-cloud: "
FIRST_STACKS: Final = ("platform", "stream-detectors")
"""What the Spark application needs to start, and what the writer writes to."""
_DONE: Final = {"up": "brought up", "deploy": "deployed to", "down": "brought down"}
_TOTALS: Final = re.compile(r"[a-z-]+: \d+ created.*")


class LocalCloud(msgspec.Struct, frozen=True):
    """A cloud that is up, with `FIRST_STACKS` deployed."""

    layout: Layout
    endpoint: str
    environment: Mapping[str, str]
    say: Say

    async def deploy_rest(self) -> None:
        """Deploy the other stacks, which nothing waits for. Raises `DemoError`."""
        rest = sorted(plan.stem for plan in self.layout.plans.glob("*.json") if plan.stem not in FIRST_STACKS)
        await _deploy(self, rest)


@contextlib.asynccontextmanager
async def local_cloud(
    layout: Layout, port: int, inherited: Mapping[str, str], say: Say, *, keep: bool
) -> AsyncIterator[LocalCloud]:
    """A fresh cloud with the first stacks deployed, down again at the end unless `keep`."""
    environment = spark_defaults.environment(layout, inherited)
    if layout.cloud.exists():
        await _command(layout, environment, ("down",), _quiet)
        await asyncio.to_thread(shutil.rmtree, layout.cloud)
    spark_defaults.write(layout)
    cloud = LocalCloud(layout, f"http://{HOST}:{port}", environment, say)
    try:
        await _command(layout, environment, ("up", "--port", str(port)), say)
        await _deploy(cloud, FIRST_STACKS)
        yield cloud
    finally:
        if keep:
            say(f"the local cloud stays up at http://{HOST}:{port}; end it with `{_shown(layout)} down`")
        else:
            await _command(layout, environment, ("down",), _quiet)


async def _deploy(cloud: LocalCloud, stacks: Sequence[str]) -> None:
    words = ("deploy", "--plans", str(cloud.layout.plans), "--stacks", *stacks)
    await _command(cloud.layout, cloud.environment, words, _totals(cloud.say))


async def _command(layout: Layout, environment: Mapping[str, str], words: tuple[str, ...], say: Say) -> None:
    process = await asyncio.create_subprocess_exec(
        str(layout.python),
        *("-m", "local_cloud", "--state", str(layout.cloud), *words),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=dict(environment),
        start_new_session=True,
    )
    assert process.stdout is not None  # noqa: S101  (it was asked for)
    last = ""
    try:
        async for line in process.stdout:
            last = line.decode(errors="replace").strip().removeprefix(_PREFIX) or last
            say(last)
        code = await process.wait()
    except asyncio.CancelledError:
        # It is let come to its end by itself: cut short, a LocalStack could be left that nobody has on record.
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGINT)
        await process.wait()
        raise
    if code != 0:
        kind = ConfigurationError if code == CONFIGURATION_EXIT else DemoError
        raise kind(f"the local cloud could not be {_DONE[words[0]]}: {last}")


def _totals(say: Say) -> Say:
    """Lets pass a line for each stack, and none for each resource."""

    def pass_on(line: str) -> None:
        if _TOTALS.fullmatch(line):
            say(f"deployed {line}")

    return pass_on


def _quiet(_line: str) -> None:
    pass


def _shown(layout: Layout) -> str:
    return f"{layout.python} -m local_cloud --state {layout.cloud}"
