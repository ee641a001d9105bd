"""The link between connectors and the writer: batches of one market, acknowledged twice (`docs/link-protocol.md`).

*held*: the writer has the batch in memory. *accepted*: it is in the stream, and the connector may forget it.
"""

from coattail_common.link.address import Address
from coattail_common.link.batching import LineBatch, group, take
from coattail_common.link.client import LinkClient, LinkRefusedError
from coattail_common.link.frames import FrameError
from coattail_common.link.intake import Intake
from coattail_common.link.links import Links
from coattail_common.link.server import LinkServer

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
