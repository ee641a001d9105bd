"""What a function's answer says of the batch it was given.

https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
"""

import json
from collections.abc import Sequence

from .records import StreamRecord
from .seams import Answer


def taken_of(batch: Sequence[StreamRecord], answer: Answer, reports_failures: bool) -> int:
    """How many records, from the batch's start, the function is done with.

    All of them, unless the invocation failed or the answer names failures: then those before the first named record.
    An answer that cannot be understood, or that names a record of another batch, takes none.
    """
    if answer.error is not None:
        return 0
    if not reports_failures:
        return len(batch)
    try:
        failures = _failures(answer.payload)
    except ValueError:
        return 0
    positions = {record.sequence_number: position for position, record in enumerate(batch)}
    if any(failure not in positions for failure in failures):
        return 0
    return min((positions[failure] for failure in failures), default=len(batch))


def _failures(payload: bytes) -> list[str]:
    """Raises `ValueError` for what is not of the shape that AWS asks for."""
    response = json.loads(payload) if payload else None
    if not response:
        return []
    if not isinstance(response, dict):
        raise ValueError("the answer is no object")
    failures = response.get("batchItemFailures") or []
    if not isinstance(failures, list):
        raise ValueError("batchItemFailures is no list")
    named = [failure.get("itemIdentifier") if isinstance(failure, dict) else None for failure in failures]
    if not all(isinstance(name, str) and name for name in named):
        raise ValueError("an itemIdentifier is missing or empty")
    return [str(name) for name in named]
