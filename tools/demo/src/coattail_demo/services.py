"""Our services, as the demo starts them."""

from collections.abc import Sequence
from typing import Final

from coattail_demo import aws
from coattail_demo.layout import Layout
from coattail_demo.ports import HOST, Ports
from coattail_demo.processes import Command
from exchange_simulator.serve import Ready

WRITER: Final = "kinesis-writer"
BINANCE: Final = "ingest-binance"
COINBASE: Final = "ingest-coinbase"
KRAKEN: Final = "ingest-kraken"

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


def binance(layout: Layout, ports: Ports, symbols: Sequence[str], simulator: Ready | None) -> Command:
    """The Binance connector; against the real exchange where there is no simulator."""
    addresses = {"WS_URL": simulator.binance_ws, "REST_URL": simulator.binance_rest} if simulator else {}
    return _connector(layout, BINANCE, symbols, ports.link, ports.binance_health, addresses)


def coinbase(layout: Layout, ports: Ports, symbols: Sequence[str], simulator: Ready | None) -> Command:
    """The Coinbase connector; against the real exchange where there is no simulator."""
    addresses = {"WS_URL": simulator.coinbase_ws, "REST_URL": simulator.coinbase_rest} if simulator else {}
    return _connector(layout, COINBASE, symbols, ports.link, ports.coinbase_health, addresses)


def kraken(layout: Layout, ports: Ports, symbols: Sequence[str], simulator: Ready | None) -> Command:
    """The Kraken connector; against the real exchange where there is no simulator."""
    addresses = {"WS_URL": simulator.kraken_ws, "REST_URL": simulator.kraken_rest} if simulator else {}
    return _connector(layout, KRAKEN, symbols, ports.link, ports.kraken_health, addresses)


def _connector(
    layout: Layout, name: str, symbols: Sequence[str], link: int, health: int, addresses: dict[str, str]
) -> Command:
    module = name.replace("-", "_")
    settings = {
        "SYMBOLS": ",".join(symbols),
        "LINK_URL": f"ws://{HOST}:{link}",
        "HEALTH_PORT": str(health),
        "CURSORS": f"file:{layout.cursors}",
        **addresses,
    }
    return Command(
        name=name,
        words=_module(layout, module),
        log=layout.logs / f"{name}.log",
        variables={f"{module.upper()}_{setting}": value for setting, value in settings.items()},
    )


def _module(layout: Layout, module: str) -> tuple[str, ...]:
    return (str(layout.python), "-m", module)
