"""What a Kraken client may send on the feed.

Source: https://docs.kraken.com/api/docs/websocket-v2/trade and ping. The wording of errors is from reports of the live
feed (``Currency pair not supported XBT/USDC``) where there are any, and an assumption elsewhere.
"""

from enum import StrEnum

import msgspec

CHANNEL = "trade"


class Method(StrEnum):
    """The requests that are understood."""

    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"
    PING = "ping"


class Params(msgspec.Struct, frozen=True):
    """Which markets of which channel; ``snapshot`` asks for the latest trades first."""

    channel: str = ""
    symbol: list[str] = []
    snapshot: bool = True


class Request(msgspec.Struct, frozen=True):
    """A client's message."""

    method: Method
    params: Params = Params()
    req_id: int | None = None


def parse(text: str) -> Request | str:
    """Read a client's message, or say what is wrong with it."""
    try:
        request = msgspec.json.decode(text, type=Request)
    except msgspec.ValidationError as error:
        return f"Unsupported event: {error}"
    except msgspec.DecodeError:
        return "Malformed request"
    if request.method is Method.PING:
        return request
    if request.params.channel != CHANNEL:
        return f"Unknown channel: {request.params.channel}"
    return request if request.params.symbol else "No symbol provided"
