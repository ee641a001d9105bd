"""What a Binance client may ask over its WebSocket, and the documented answers.

Source: https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams, "Live Subscribing/Unsubscribing
to streams" and "Error Messages".
"""

import re
from enum import StrEnum

import msgspec

from exchange_simulator.binance.frames import Acknowledgement, Refusal, RequestId


class Method(StrEnum):
    """The methods of a stream connection."""

    SUBSCRIBE = "SUBSCRIBE"
    UNSUBSCRIBE = "UNSUBSCRIBE"
    LIST_SUBSCRIPTIONS = "LIST_SUBSCRIPTIONS"
    SET_PROPERTY = "SET_PROPERTY"
    GET_PROPERTY = "GET_PROPERTY"


class Request(msgspec.Struct, frozen=True):
    """A well-formed request."""

    method: Method
    id: RequestId
    params: tuple[str | bool, ...] = ()

    @property
    def streams(self) -> tuple[str, ...]:
        """The stream names of a (un)subscription."""
        return tuple(param for param in self.params if isinstance(param, str))

    def done(self, result: list[str] | bool | None = None) -> Acknowledgement:
        """The reply to this request when it succeeded."""
        return Acknowledgement(result=result, id=self.id)


class _Received(msgspec.Struct, frozen=True):
    method: object = msgspec.UNSET
    params: object = ()
    id: object = msgspec.UNSET


_MALFORMED_AT = re.compile(r"byte (\d+)")


def parse(text: str) -> Request | Refusal:
    """Read a client's message: a request, or the error Binance replies with."""
    try:
        received = msgspec.json.decode(text, type=_Received)
    except msgspec.ValidationError:
        return _invalid("expected an object")
    except msgspec.DecodeError as error:
        at = _MALFORMED_AT.search(str(error))
        column = int(at[1]) + 1 if at else max(1, len(text))
        return Refusal(code=3, msg=f"Invalid JSON: expected value at line 1 column {column}")
    return _check(received, len(text))


def _check(received: _Received, length: int) -> Request | Refusal:
    if received.method is msgspec.UNSET:
        return _invalid(f"missing field `method` at line 1 column {length}")
    if not isinstance(received.method, str) or received.method not in Method:
        expected = ", ".join(f"`{method}`" for method in Method)
        return _invalid(f"unknown variant `{received.method}`, expected one of {expected} at line 1 column {length}")
    request_id = received.id
    if not (request_id is None or (isinstance(request_id, int | str) and not isinstance(request_id, bool))):
        return _invalid("request ID must be an unsigned integer")
    params = received.params
    if not isinstance(params, list | tuple):
        return _invalid("params must be an array")
    method = Method(received.method)
    kept = tuple(param for param in params if isinstance(param, str | bool))
    return _check_params(Request(method=method, id=request_id, params=kept), len(params))


def _check_params(request: Request, given: int) -> Request | Refusal:
    params = request.params
    match request.method:
        case Method.SUBSCRIBE | Method.UNSUBSCRIBE:
            if not given or len(request.streams) != given:
                return _invalid("params must be stream names")
        case Method.LIST_SUBSCRIPTIONS:
            if given:
                return _invalid("too many parameters")
        case Method.GET_PROPERTY | Method.SET_PROPERTY:
            wanted = 1 if request.method is Method.GET_PROPERTY else 2
            if not params or not isinstance(params[0], str):
                return _invalid("property name must be a string")
            if given > wanted:
                return _invalid("too many parameters")
            if params[0] != "combined":
                return Refusal(code=0, msg="Unknown property", id=request.id)
            if wanted == 2 and (len(params) != 2 or not isinstance(params[1], bool)):
                return Refusal(code=1, msg="Invalid value type: expected Boolean")
    return request


def _invalid(what: str) -> Refusal:
    return Refusal(code=2, msg=f"Invalid request: {what}")
