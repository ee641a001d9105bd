import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812

from coattail_replay.naming import NamedMarkets, Naming, VenueName, known_sql

_NAMES = [
    ("binance", "BTCUSDT", "BTC-USDT"),
    ("binance", "btcusdt", "BTC-USDT"),
    ("binance", "BTCFDUSD", "BTC-FDUSD"),
    ("binance", "BTCTUSD", "BTC-TUSD"),
    ("binance", "TUSDUSDT", "TUSD-USDT"),
    ("binance", "ETHBTC", "ETH-BTC"),
    ("coinbase", "BTC-USD", "BTC-USD"),
    ("kraken", "BTC/USD", "BTC-USD"),
    ("okex", "BTC_USDT", "BTC-USDT"),
    # Not DO-TUSD: it is Binance alone that has TUSD.
    ("bitstamp", "DOTUSD", "DOT-USD"),
    # May be DO-TUSD or DOT-USD there.
    ("binance-us", "DOTUSD", None),
    ("binance", "USDT", None),
    ("binance", "NOTHINGKNOWN", None),
    # A future: 240628 is no currency.
    ("binance", "BTCUSDT_240628", None),
]


@pytest.mark.parametrize(("exchange", "name", "symbol"), _NAMES)
def test_a_venues_name_is_parted_by_its_quotes_or_unknown(exchange: str, name: str, symbol: str | None) -> None:
    assert Naming().symbol(exchange, name) == symbol


def test_a_market_that_was_named_is_that_one() -> None:
    naming = Naming(("DOT-USD", "AB-CDE"))

    assert naming.symbol("binance-us", "DOTUSD") == "DOT-USD"
    assert naming.symbol("binance", "ab/cde") == "AB-CDE"


def test_a_connector_finds_its_markets_by_their_names() -> None:
    markets = NamedMarkets("binance", Naming())

    assert markets["BTCUSDT"].symbol == "BTC-USDT"
    assert markets.get("NOTHINGKNOWN") is None
    assert list(markets) == ["BTCUSDT"]


@pytest.mark.spark
@pytest.mark.parametrize("named", [(), ("DOT-USD", "ETH-BTC")])
def test_spark_parts_names_the_same_way(spark: SparkSession, named: tuple[str, ...]) -> None:
    naming = Naming(named)
    frame = spark.createDataFrame([(exchange, name) for exchange, name, _ in _NAMES], "exchange string, name string")
    known = {VenueName("binance", "ETHBTC"): "ETH-BTC"}
    rows = (
        frame.withColumn("known", F.expr(known_sql("exchange", "name", known)))
        .withColumn("symbol", F.expr(naming.symbol_sql("exchange", "name")))
        .collect()
    )

    assert [(row["name"], row["known"]) for row in rows if row["known"] is not None] == [("ETHBTC", "ETH-BTC")]
    for row in rows:
        expected = naming.symbol(row["exchange"], row["name"])
        assert row["symbol"] == (expected or row["name"].upper()), row
