"""Ports: those the user fixed, checked, and free ones for the rest."""

import contextlib
from collections.abc import Mapping

import msgspec

from coattail_common import venues
from coattail_demo.errors import ConfigurationError
from coattail_demo.options import Options
from coattail_harness.ports import HOST, bound, number


class Ports(msgspec.Struct, frozen=True, kw_only=True):
    """Where everything listens on this machine."""

    cloud: int
    simulator: int
    link: int
    writer_health: int
    connector_health: Mapping[str, int]
    """By the exchange's name."""


def choose_ports(options: Options, kept: str | None = None) -> Ports:
    """Choose every port; the cloud's is that of the `kept` one (its endpoint), if there is one.

    Raises `ConfigurationError` for a port that was asked for and is in use, or is not the kept cloud's.
    """
    if kept is not None:
        port = int(kept.rpartition(":")[2])
        if options.cloud_port not in (0, port):
            raise ConfigurationError(
                f"the kept cloud is at {kept}: leave --cloud-port {options.cloud_port} out, or begin again with --fresh"
            )
        return msgspec.structs.replace(choose_ports(options.model_copy(update={"cloud_port": 0})), cloud=port)
    with contextlib.ExitStack() as held:
        # All are held until all are chosen, so that none is chosen twice.
        return Ports(
            cloud=_take(held, "cloud", options.cloud_port),
            simulator=_take(held, "simulator", options.simulator_port),
            link=_take(held, "link", options.link_port),
            writer_health=_take(held, "writer_health", 0),
            connector_health={venue.name: _take(held, venue.service, 0) for venue in venues.installed()},
        )


def _take(held: contextlib.ExitStack, name: str, port: int) -> int:
    try:
        return number(held.enter_context(bound(port)))
    except OSError as error:
        message = f"port {port} on {HOST} cannot be had ({error.strerror}); give another with --{name}-port, or 0"
        raise ConfigurationError(message) from error
