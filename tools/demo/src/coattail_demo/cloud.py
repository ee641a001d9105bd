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
from coattail_demo.processes import CONFIGURATION_EXIT
from coattail_harness.processes import Say
from local_cloud.deploy.plan import read_plans
from local_cloud.deployed import Deployed, load
from local_cloud.errors import CloudError
from local_cloud.record import process_of, read_record

_PREFIX: Final = "local-cloud: "
FIRST_STACKS: Final = ("platform", "stream-detectors")
"""What the Spark application needs to start, and what the writer writes to."""
_LANDED: Final = "landed"
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
        if rest := [stack for stack in undeployed(self.layout) if stack not in FIRST_STACKS]:
            await _deploy(self, rest)


def kept_cloud(layout: Layout) -> str | None:
    """The endpoint of the cloud that a demo before this one was told to keep, while it is up."""
    record = read_record(layout.cloud / "cloud.json")
    return record.endpoint if layout.kept.exists() and record is not None and process_of(record) is not None else None


def note_landed(layout: Layout) -> None:
    """Write down that the tables of the kept cloud hold all that its stream has."""
    layout.kept.write_text(_LANDED)


def forget_landed(layout: Layout) -> bool:
    """Whether that was written down; it holds no more once trades flow again."""
    noted = layout.kept.read_text() == _LANDED
    layout.kept.write_text("")
    return noted


def undeployed(layout: Layout) -> list[str]:
    """The stacks of which not every resource is deployed, the platform first. Raises `DemoError` for a plan that cannot be read."""
    try:
        deployed = load(layout.deployed) if layout.deployed.exists() else Deployed({})
        plans = read_plans(layout.plans)
    except CloudError as error:
        raise DemoError(str(error)) from error
    return [
        plan.stack
        for plan in plans
        if not {resource.address for resource in plan.resources} <= deployed.stack(plan.stack).keys()
    ]


@contextlib.asynccontextmanager
async def local_cloud(
    layout: Layout, endpoint: str, inherited: Mapping[str, str], say: Say, *, keep: bool
) -> AsyncIterator[LocalCloud]:
    """Yield a cloud at `endpoint` with the first stacks deployed: the kept one if it is there, otherwise a fresh one in its place.

    The cloud is down at the end, unless `keep`, or it was kept before.
    """
    environment = spark_defaults.environment(layout, inherited)
    goes_on = kept_cloud(layout) == endpoint
    cloud = LocalCloud(layout, endpoint, environment, say)
    if not goes_on and layout.cloud.exists():
        await _command(layout, environment, ("down",), _quiet)
        await asyncio.to_thread(shutil.rmtree, layout.cloud)
    spark_defaults.write(layout)
    try:
        if not goes_on:
            await _command(layout, environment, ("up", "--port", endpoint.rpartition(":")[2]), say)
        if first := [stack for stack in undeployed(layout) if stack in FIRST_STACKS]:
            await _deploy(cloud, first)
        yield cloud
    finally:
        if keep or goes_on:
            layout.kept.parent.mkdir(parents=True, exist_ok=True)
            layout.kept.touch()
            say(f"the local cloud stays up at {endpoint}")
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
