"""The native quote volume is the connectors' own, digit for digit."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812

from coattail_connector import AmountError, plain, quote_volume
from coattail_replay.spark.amounts import plain_sql, quote_volume_sql

pytestmark = pytest.mark.spark

_AMOUNT = st.from_regex(r"[0-9]{1,12}(\.[0-9]{1,10})?", fullmatch=True) | st.from_regex(
    r"[0-9]{1,20}(\.[0-9]{1,18})?", fullmatch=True
)
_PAIRS = st.lists(st.tuples(_AMOUNT, _AMOUNT), min_size=50, max_size=300)


def _native(spark: SparkSession, pairs: list[tuple[str, str]]) -> list[str | None]:
    frame = spark.createDataFrame([(n, *pair) for n, pair in enumerate(pairs)], "n int, price string, quantity string")
    for step in quote_volume_sql("price", "quantity"):
        frame = frame.withColumns({name: F.expr(sql) for name, sql in step.items()})
    return [row["quote_volume"] for row in frame.orderBy("n").collect()]


def _expected(price: str, quantity: str) -> str | None:
    try:
        return quote_volume(price, quantity)
    except AmountError:
        return None


def _significant(text: str) -> int:
    return len((text.rstrip("0") if "." in text else text).replace(".", "").lstrip("0"))


@given(_PAIRS)
@settings(max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_it_is_the_connectors_wherever_the_product_has_at_most_38_digits(
    spark: SparkSession, pairs: list[tuple[str, str]]
) -> None:
    for pair, found in zip(pairs, _native(spark, pairs), strict=True):
        expected = _expected(*pair)
        if expected is None or found is None:
            # What the one refuses may be left to the record rules by the other: zero, or too many digits before the point.
            assert expected is None or sum(map(_significant, pair)) > 37, (pair, expected)
        elif len(pair[0]) + len(pair[1]) <= 38:
            assert found == expected, pair
        else:
            assert Decimal(found) == Decimal(expected), pair


@pytest.mark.parametrize(
    ("price", "quantity", "volume"),
    [
        ("61837.63", "0.02000000", "1236.7526000000"),
        ("0.5", "0.5", "0.25"),
        ("3", "4", "12"),
        ("0.00001234", "123456789.00000000", "1523.45677626"),
        ("100.000000000000000000", "2.000000000000000000", "200"),
        ("0.000000000000000001", "0.1", None),
        ("abc", "1", None),
        ("1.5", None, None),
    ],
)
def test_some_by_hand(spark: SparkSession, price: str, quantity: str | None, volume: str | None) -> None:
    found = _native(spark, [(price, quantity)])[0]  # type: ignore[list-item]

    assert (found and Decimal(found)) == (volume and Decimal(volume))


_SPELLED = st.lists(
    st.from_regex(r"[+]?([0-9]{1,22}[.]?[0-9]{0,20}|[.][0-9]{1,20})([eE][+-]?[0-9]{1,3})?", fullmatch=True)
    | st.text("0123456789.eE+-", max_size=12),
    min_size=100,
    max_size=300,
)
_BY_HAND = [
    "1e-8",
    "1E-7",
    "1.5e+3",
    "1e-18",
    "1e-19",
    "5e-19",
    "9.9e19",
    "1e20",
    "+5",
    ".5",
    "5.",
    "0e9",
    "1e400",
    "",
    ".",
]


@given(_SPELLED)
@settings(max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_plain_sql_is_plain(spark: SparkSession, texts: list[str]) -> None:
    texts = [*_BY_HAND, *texts]
    frame = spark.createDataFrame(list(enumerate(texts)), "n int, text string")

    found = [row["found"] for row in frame.selectExpr("n", f"{plain_sql('text')} AS found").orderBy("n").collect()]

    assert [
        (text, one) for text, one in zip(texts, found, strict=True) if one != plain(text) and Decimal(plain(text) or 1)
    ] == []
