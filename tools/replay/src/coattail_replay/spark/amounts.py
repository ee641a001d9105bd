"""Amounts, natively: what `plain` and `quote_volume` of `coattail_connector` compute, as SQL over columns of text.

The digits without the point are integers, whose product Spark gives exactly as long as it has at most 38 digits; the point is
put back by the number of digits that stood behind it. Where both together have more, the zeros at their ends are left out first.
"""

from typing import Final

_DIGITS_OF_A_LONG: Final = 18
_DIGITS_OF_A_DECIMAL: Final = 38
_SCALE: Final = 18
_DIGITS_BEFORE_POINT: Final = 20
_SPELLED: Final = "^[+]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]{1,4})?$"
_LONGEST: Final = 100


def plain_sql(amount: str) -> str:
    """The amount as plain digits: `2e-8` as `0.00000002`. What is plain already, is no amount or does not fit stays as it is.

    The tests for the few bytes that only other spellings have come first: nearly every row ends there.
    """
    mantissa, exponent = (f"substring_index(lower({amount}), 'e', {side})" for side in (1, -1))
    mantissa = f"ltrim('+', {mantissa})"
    power = f"CASE WHEN contains(lower({amount}), 'e') THEN try_cast({exponent} AS int) ELSE 0 END"
    digits = f"replace({mantissa}, '.', '')"
    zeros = f"octet_length({digits}) - octet_length(rtrim('0', {digits}))"
    behind = f"{_scale(mantissa)} - ({zeros}) - ({power})"
    is_zero = f"ltrim('0', {digits}) = ''"
    # A cast rounds what stands beyond the 18th digit: only what has nothing there is cast.
    value = f"CASE WHEN {is_zero} THEN '0' WHEN {behind} <= {_SCALE} THEN CAST(try_cast({amount} AS decimal(38,18)) AS string) END"
    return (
        f"CASE WHEN NOT (contains({amount}, 'e') OR contains({amount}, 'E') OR startswith({amount}, '+') "
        f"OR startswith({amount}, '.') OR endswith({amount}, '.')) THEN {amount} "
        f"WHEN octet_length({amount}) <= {_LONGEST} AND {amount} RLIKE '{_SPELLED}' "
        f"THEN coalesce({_trimmed(f'({value})')}, {amount}) ELSE {amount} END"
    )


def quote_volume_sql(price: str, quantity: str) -> tuple[dict[str, str], ...]:
    """Columns to add, one step after the other; the last is `quote_volume`: NULL unless both are plain digits and their product
    fits `decimal(38,18)`."""
    whole = f"octet_length({price}) + octet_length({quantity}) <= {_DIGITS_OF_A_DECIMAL}"
    return (
        {
            "price_text": f"CASE WHEN {whole} THEN {price} ELSE {_trimmed(price)} END",
            "quantity_text": f"CASE WHEN {whole} THEN {quantity} ELSE {_trimmed(quantity)} END",
        },
        {
            "price_digits": "replace(price_text, '.', '')",
            "quantity_digits": "replace(quantity_text, '.', '')",
            "scale": f"{_scale('price_text')} + {_scale('quantity_text')}",
        },
        {
            "product": f"CASE WHEN octet_length(price_digits) + octet_length(quantity_digits) <= {_DIGITS_OF_A_LONG} "
            "THEN CAST(try_cast(price_digits AS bigint) * try_cast(quantity_digits AS bigint) AS string) "
            "ELSE CAST(try_multiply(try_cast(price_digits AS decimal(38,0)), try_cast(quantity_digits AS decimal(38,0))) "
            "AS string) END",
        },
        {"product_digits": "lpad(product, greatest(octet_length(product), scale + 1), '0')"},
        {"quote_volume": _pointed()},
    )


def _trimmed(text: str) -> str:
    return f"CASE WHEN contains({text}, '.') THEN rtrim('.', rtrim('0', {text})) ELSE {text} END"


def _scale(text: str) -> str:
    return f"CASE WHEN contains({text}, '.') THEN octet_length({text}) - instr({text}, '.') ELSE 0 END"


def _pointed() -> str:
    """The digits with the point; beyond 18 digits behind it there may only be zeros, which are left out."""
    digits = "product_digits"
    before = f"octet_length({digits}) - scale"
    kept = f"least(scale, {_SCALE})"
    beyond = f"scale - {_SCALE}"
    pointed = f"concat(left({digits}, {before}), '.', substring({digits}, {before} + 1, {kept}))"
    return (
        f"CASE WHEN {before} > {_DIGITS_BEFORE_POINT} THEN NULL WHEN scale = 0 THEN {digits} "
        f"WHEN scale <= {_SCALE} OR right({digits}, {beyond}) = repeat('0', {beyond}) THEN {pointed} END"
    )
