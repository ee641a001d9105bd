"""A local cloud of a test's own: on a free port, in a folder that the test gives, ended when the test is done."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec

from coattail_harness.ports import bound, number

from . import cloud
from .clients import Clients
from .install import Report
from .layout import Layout, find_layout
from .record import Record
from .settings import Settings, read_settings


class TestCloud(msgspec.Struct, frozen=True):
    """A cloud that is up, and clients of it."""

    __test__ = False

    layout: Layout
    settings: Settings
    record: Record
    clients: Clients


@contextmanager
def running_cloud(state: Path, environment: Mapping[str, str], report: Report = print) -> Iterator[TestCloud]:
    """Brings a cloud up with `environment`'s settings (its port excepted), and down at the end, with all its jobs."""
    layout = find_layout(state)
    settings = read_settings(environment, layout, free_port())
    record = cloud.up(layout, settings, environment, report)
    try:
        yield TestCloud(layout, settings, record, Clients(record.endpoint))
    finally:
        cloud.down(layout, report)


def free_port() -> int:
    """A port that nothing listens on now."""
    with bound() as probe:
        return number(probe)
