"""What a Coinbase client may send on the feed, and the errors it gets.

Source: https://docs.cdp.coinbase.com/exchange/websocket-feed/overview; the wording of the reasons is from reports of
the live feed (``No channels provided``, ``XXX-USD is not a valid product``).
"""

from collections.abc import Container
from enum import StrEnum

import msgspec

from exchange_simulator.coinbase.frames import Channel, ErrorMessage

CHANNELS = ("matches", "heartbeat")


class Action(StrEnum):
    """The two requests."""

    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"


class Request(msgspec.Struct, frozen=True):
    """A well-formed request with its products resolved per channel."""

    action: Action
    channels: list[Channel]


class _Received(msgspec.Struct, frozen=True):
    type: str = ""
    product_ids: list[str] = []
    channels: list[str | Channel] = []


def parse(text: str, products: Container[str]) -> Request | ErrorMessage:
    """Read a client's message. One wrong channel or product refuses the whole of it."""
    try:
        received = msgspec.json.decode(text, type=_Received)
    except msgspec.ValidationError as error:
        return ErrorMessage("Failed to subscribe", str(error))
    except msgspec.DecodeError:
        return ErrorMessage("Malformed JSON")
    if received.type not in Action:
        return ErrorMessage(f"Type has to be either subscribe or unsubscribe, not {received.type!r}")
    action = Action(received.type)
    channels = [
        Channel(entry, received.product_ids) if isinstance(entry, str) else _with_products(entry, received.product_ids)
        for entry in received.channels
    ]
    reason = _wrong(channels, products)
    return Request(action, channels) if reason is None else ErrorMessage(f"Failed to {action}", reason)


def _with_products(channel: Channel, common: list[str]) -> Channel:
    return Channel(channel.name, [*channel.product_ids, *(p for p in common if p not in channel.product_ids)])


def _wrong(channels: list[Channel], products: Container[str]) -> str | None:
    if not channels:
        return "No channels provided"
    for channel in channels:
        if channel.name not in CHANNELS:
            return f"{channel.name} is not a valid channel"
        if not channel.product_ids:
            return f"You need to specify at least one product ID for channel {channel.name}"
        for product in channel.product_ids:
            if product not in products:
                return f"{product} is not a valid product"
    return None
