"""Ports: those the user fixed, checked, and free ones for the rest."""

import contextlib

import msgspec

from coattail_demo.errors import ConfigurationError
from coattail_demo.options import Options
from coattail_harness.ports import HOST, bound, number


class Ports(msgspec.Struct, frozen=True, kw_only=True):
    """Where everything listens on this machine."""

    cloud: int
    simulator: int
    link: int
    writer_health: int
    binance_health: int
    coinbase_health: int
    kraken_health: int

    def health(self, exchange: str) -> int:
        """The port of the health probes of an exchange's connector."""
        return int(getattr(self, f"{exchange}_health"))


def choose_ports(options: Options, kept: str | None = None) -> Ports:
    """Choose every port; the cloud's is that of the `kept` one (its endpoint), if there is one.

    Raises `ConfigurationError` for a port that was asked for and is in use, or is not the kept cloud's.
    """
    if kept is not None:
        port = int(kept.rpartition(":")[2])
        if options.cloud_port not in (0, port):
            raise ConfigurationError(
                f"the kept cloud is at {kept}: leave --cloud-port {options.cloud_port} out, or begin anew with --fresh"
            )
        return msgspec.structs.replace(choose_ports(options.model_copy(update={"cloud_port": 0})), cloud=port)
    fixed = {"cloud": options.cloud_port, "simulator": options.simulator_port, "link": options.link_port}
    with contextlib.ExitStack() as held:
        # All are held until all are chosen, so that none is chosen twice.
        return Ports(**{name: _take(held, name, fixed.get(name, 0)) for name in Ports.__struct_fields__})


def _take(held: contextlib.ExitStack, name: str, port: int) -> int:
    try:
        return number(held.enter_context(bound(port)))
    except OSError as error:
        message = f"port {port} on {HOST} cannot be had ({error.strerror}); give another with --{name}-port, or 0"
        raise ConfigurationError(message) from error
