"""Our services, as the demo starts them."""

from collections.abc import Mapping, Sequence
from typing import Final

from coattail_common import venues
from coattail_common.venues import Venue
from coattail_demo import aws
from coattail_demo.layout import Layout
from coattail_demo.ports import Ports
from coattail_demo.processes import Command
from coattail_harness.exchange import SimulatorClient
from coattail_harness.ports import HOST

WRITER: Final = "kinesis-writer"


def live_symbols() -> Mapping[str, tuple[str, ...]]:
    """Return the markets that `--live` follows: three assets on each exchange, as many as tell a depeg from a divergence."""
    return {venue.name: venue.symbols for venue in venues.installed()}


def writer(layout: Layout, ports: Ports, endpoint: str) -> Command:
    """The kinesis-writer, on the local cloud."""
    return Command(
        name=WRITER,
        words=_module(layout, "kinesis_writer"),
        log=layout.logs / f"{WRITER}.log",
        variables={
            **aws.VARIABLES,
            "AWS_ENDPOINT_URL": endpoint,
            "KINESIS_WRITER_LINK_PORT": str(ports.link),
            "KINESIS_WRITER_HEALTH_PORT": str(ports.writer_health),
        },
    )


def connector(
    layout: Layout, ports: Ports, venue: Venue, symbols: Sequence[str], simulator: SimulatorClient | None
) -> Command:
    """The connector of an exchange; against the real one where there is no simulator."""
    settings = {
        "SYMBOLS": ",".join(symbols),
        "LINK_URL": f"ws://{HOST}:{ports.link}",
        "HEALTH_PORT": str(ports.connector_health[venue.name]),
        "CURSORS": f"file:{layout.cursors}",
    }
    if simulator is not None:
        addresses = simulator.addresses(venue.name)
        settings |= {"WS_URL": addresses.ws_url, "REST_URL": addresses.rest_url}
    return Command(
        name=venue.service,
        words=_module(layout, venue.module),
        log=layout.logs / f"{venue.service}.log",
        variables={f"{venue.prefix}{setting}": value for setting, value in settings.items()},
    )


def _module(layout: Layout, module: str) -> tuple[str, ...]:
    return (str(layout.python), "-m", module)
