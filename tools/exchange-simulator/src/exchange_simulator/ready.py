"""The line on stdout that says where everything is, as the simulator writes it and its starter reads it."""

from collections.abc import Mapping
from typing import Self

import msgspec


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """Where a simulator listens. ``addresses`` are those of the exchanges, by exchange and kind: ``kraken_ws``, ``kraken_rest``."""

    port: int
    addresses: Mapping[str, str]
    control: str

    def address(self, exchange: str, kind: str) -> str:
        """Return the address of an exchange's feed (``ws``) or REST API (``rest``)."""
        return self.addresses[f"{exchange}_{kind}"]

    def line(self) -> bytes:
        """Return the line: a flat JSON object."""
        told = {"ready": True, "port": self.port, **self.addresses, "control": self.control}
        return msgspec.json.encode(told) + b"\n"

    @classmethod
    def read(cls, line: bytes) -> Self:
        """Read such a line. Raises ``msgspec.DecodeError`` for another."""
        told = msgspec.json.decode(line, type=dict[str, str | int | bool])
        addresses = {name: str(at) for name, at in told.items() if name.endswith(("_ws", "_rest"))}
        return cls(port=int(told["port"]), addresses=addresses, control=str(told["control"]))
