"""The link between connectors and the writer: batches of one market, acknowledged twice (`docs/link-protocol.md`).

*held*: the writer has the batch in memory. *accepted*: it is in the stream, and the connector may forget it.
"""

from coattail_runtime.link.address import Address
from coattail_runtime.link.batching import LineBatch, group, take
from coattail_runtime.link.client import LinkClient, LinkRefusedError
from coattail_runtime.link.frames import FrameError
from coattail_runtime.link.intake import Intake
from coattail_runtime.link.links import Links
from coattail_runtime.link.server import LinkServer

__all__ = [
    "Address",
    "FrameError",
    "Intake",
    "LineBatch",
    "LinkClient",
    "LinkRefusedError",
    "LinkServer",
    "Links",
    "group",
    "take",
]
