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
    # A future: 240628 is no currency, and PERP neither.
    ("binance", "BTCUSDT_240628", None),
    ("binance", "BTCUSD-240628", None),
    ("binance", "BTCUSD_PERP", None),
    # Case carries meaning, and letters are not only those of ASCII.
    ("kraken", "AAPLx/USD", "AAPLx-USD"),
    ("kraken", "AAPLx-USD", "AAPLx-USD"),
    ("kraken", "AAPLxUSD", "AAPLx-USD"),
    ("kraken", "BRK.Bx/USD", "BRK.Bx-USD"),
    ("binance", "币安人生USDT", "币安人生-USDT"),
    ("binance", "币安人生usdt", "币安人生-USDT"),
    ("binance", "币安人生-USDT", "币安人生-USDT"),
    ("coinbase", "btc-USD", "BTC-USD"),
    ("binance", "BTCusdt", "BTC-USDT"),
    # Kraken's older names are the markets of its connector.
    ("kraken", "XBT/USD", "BTC-USD"),
    ("kraken", "xbt/usd", "BTC-USD"),
    ("kraken", "XBTUSD", "BTC-USD"),
    ("kraken", "ETH/XBT", "ETH-BTC"),
    ("kraken", "ETHXBT", "ETH-BTC"),
    ("kraken", "XDG/EUR", "DOGE-EUR"),
    ("kraken", "XDGUSD", "DOGE-USD"),
    ("kraken", "XXBTZUSD", "BTC-USD"),
    ("kraken", "XETHXXBT", "ETH-BTC"),
    ("kraken", "USDTZUSD", "USDT-USD"),
    ("kraken", "XTZUSD", "XTZ-USD"),
    ("kraken", "XBT-USD", "BTC-USD"),
    # It is Kraken alone that calls it so.
    ("bitmex", "XBTUSD", "XBT-USD"),
]


@pytest.mark.parametrize(("exchange", "name", "symbol"), _NAMES)
def test_a_venues_name_is_parted_by_its_quotes_or_unknown(exchange: str, name: str, symbol: str | None) -> None:
    assert Naming().symbol(exchange, name) == symbol


def test_a_market_that_was_named_is_that_one() -> None:
    naming = Naming(("DOT-USD", "AB-CDE"))

    assert naming.symbol("binance-us", "DOTUSD") == "DOT-USD"
    assert naming.symbol("binance", "ab/cde") == "AB-CDE"
    assert Naming(("AAPLx-USD", "AAPLX-USD")).symbol("x", "AAPLXUSD") == "AAPLX-USD"
    assert Naming(("AAPLx-USD", "AAPLX-USD")).symbol("x", "aaplx/usd") == "AAPLx-USD"


def test_a_connector_finds_its_markets_by_their_names() -> None:
    markets = NamedMarkets("binance", Naming())

    assert markets["BTCUSDT"].symbol == "BTC-USDT"
    assert markets.get("NOTHINGKNOWN") is None
    assert list(markets) == ["BTCUSDT"]


@pytest.mark.spark
@pytest.mark.parametrize("named", [(), ("DOT-USD", "ETH-BTC", "AAPLX-USD")])
def test_spark_parts_names_the_same_way(spark: SparkSession, named: tuple[str, ...]) -> None:
    naming = Naming(named)
    frame = spark.createDataFrame([(exchange, name) for exchange, name, _ in _NAMES], "exchange string, name string")
    known = {VenueName("binance", "ETHBTC"): "ETH-BTC"}
    frame = frame.withColumn("known", F.expr(known_sql("exchange", "name", known)))
    for step in naming.symbol_sql("exchange", "name", "known"):
        frame = frame.withColumns({name: F.expr(sql) for name, sql in step.items()})
    rows = frame.collect()

    assert [(row["name"], row["known"]) for row in rows if row["known"] is not None] == [("ETHBTC", "ETH-BTC")]
    for row in rows:
        assert row["symbol"] == (naming.symbol(row["exchange"], row["name"]) or f"?{row['name']}"), row
