"""Our services, as the demo starts them."""

from collections.abc import Sequence
from typing import Final

from coattail_demo import aws
from coattail_demo.layout import Layout
from coattail_demo.ports import Ports
from coattail_demo.processes import Command
from coattail_harness.exchange import Addresses
from coattail_harness.ports import HOST

WRITER: Final = "kinesis-writer"

LIVE_SYMBOLS: Final = {
    "binance": ("BTC-USDT", "ETH-USDT", "SOL-USDT"),
    "coinbase": ("BTC-USD", "ETH-USD", "SOL-USD"),
    "kraken": ("BTC-USD", "ETH-USD", "SOL-USD"),
}
"""The markets that `--live` follows: three assets on each, as many as it takes to tell a depeg from a divergence."""


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
    layout: Layout, ports: Ports, exchange: str, symbols: Sequence[str], simulated: Addresses | None
) -> Command:
    """The connector of an exchange; against the real one where none is simulated."""
    module = f"ingest_{exchange}"
    settings = {
        "SYMBOLS": ",".join(symbols),
        "LINK_URL": f"ws://{HOST}:{ports.link}",
        "HEALTH_PORT": str(ports.health(exchange)),
        "CURSORS": f"file:{layout.cursors}",
        **({"WS_URL": simulated.ws_url, "REST_URL": simulated.rest_url} if simulated else {}),
    }
    name = f"ingest-{exchange}"
    return Command(
        name=name,
        words=_module(layout, module),
        log=layout.logs / f"{name}.log",
        variables={f"{module.upper()}_{setting}": value for setting, value in settings.items()},
    )


def _module(layout: Layout, module: str) -> tuple[str, ...]:
    return (str(layout.python), "-m", module)
