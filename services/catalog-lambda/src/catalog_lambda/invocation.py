"""Who invoked the Lambda: the schedule, an EventBridge rule, or a call of its own, as at a deployment."""

from typing import Final

import msgspec

DIRECT: Final = "direct call"


class Detail(msgspec.Struct, frozen=True):
    """What is read of an event's detail: `CatalogRequested.requested_by`."""

    requested_by: str | None = None


class Invocation(msgspec.Struct, frozen=True, rename={"detail_type": "detail-type"}):
    """What is read of the Lambda's event: `Scheduled Event`, `catalog.requested`, or nothing."""

    detail_type: str = DIRECT
    detail: Detail = Detail()


def read(event: object) -> Invocation:
    """The invocation of a Lambda event. One that is of no known shape is a direct call: a look does no harm."""
    try:
        return msgspec.convert(event, Invocation)
    except msgspec.ValidationError:
        return Invocation()
