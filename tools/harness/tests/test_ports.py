"""Ports that are free, given, or held without a listener."""

import socket

import pytest

from coattail_harness.ports import HOST, Port, bound, number


def test_bound_holds_a_free_port() -> None:
    with bound() as one, bound() as another:
        assert number(one) != number(another)


def test_bound_refuses_a_port_on_which_something_listens() -> None:
    with socket.create_server((HOST, 0)) as taken, pytest.raises(OSError, match="in use"):
        bound(number(taken))


def test_port_refuses_connections_until_something_listens() -> None:
    with Port() as port:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((HOST, port.number))
        with port.listener(), socket.create_connection((HOST, port.number)) as client:
            assert client.getpeername() == (HOST, port.number)
