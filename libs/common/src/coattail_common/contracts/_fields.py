"""The field types that the contracts are made of, with the column type each becomes in the lakehouse."""

from typing import Annotated

from msgspec import Meta

from coattail_common.contracts.notation import SYMBOL_PATTERN

# Patterns end in \Z: in Python, `$` matches before a last line feed too. In the schema files it is `$`, which there is the end.
type Micros = Annotated[int, Meta(ge=0, description="UTC, µs since 1970-01-01", extra={"lake": "timestamptz"})]
"""A moment: UTC, µs since the epoch on the wire, `timestamp with time zone` in the lakehouse."""

type Decimal38 = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{1,20}(\.[0-9]{1,18})?\Z",
        description="exact decimal, at most 20 digits before the point and 18 after it",
        extra={"lake": "decimal(38,18)"},
    ),
]
"""An exact amount: the exchange's own digits on the wire, `decimal(38,18)` in the lakehouse, never a float."""

type Symbol = Annotated[str, Meta(pattern=rf"^{SYMBOL_PATTERN}\Z", description="BASE-QUOTE")]
"""A market's name in one notation for all exchanges, `BTC-USDT`. `BTC-USD` is another market."""

type Int32 = Annotated[int, Meta(ge=0, le=2**31 - 1, extra={"lake": "int"})]
