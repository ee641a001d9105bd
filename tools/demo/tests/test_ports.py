"""Ports: free ones, each once, and the error over a fixed one that is taken."""

import socket

import pytest

from coattail_demo.errors import ConfigurationError
from coattail_demo.options import Options
from coattail_demo.ports import choose_ports
from coattail_harness.ports import HOST
from coattail_runtime.settings import read


def options(*flags: str) -> Options:
    return read(Options, flags, {})


def test_each_part_gets_a_port_of_its_own() -> None:
    ports = choose_ports(options())
    chosen = [ports.cloud, ports.simulator, ports.link, ports.writer_health, *ports.connector_health.values()]
    assert ports.connector_health.keys() >= {"binance", "coinbase", "kraken"}
    assert all(chosen)
    assert len(set(chosen)) == len(chosen)


def test_a_fixed_port_is_taken_as_it_is() -> None:
    free = choose_ports(options()).link
    assert choose_ports(options("--link-port", str(free))).link == free


def test_a_port_in_use_is_named_with_its_flag() -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match=rf"port {port} on 127.0.0.1 .* --cloud-port"):
            choose_ports(options("--cloud-port", str(port)))
