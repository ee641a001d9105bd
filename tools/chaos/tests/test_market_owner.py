"""Which markets a writer has put on the stream."""

from coattail_chaos.market_owner import OwnedMarkets, strangers
from coattail_common.ids import Market
from coattail_common.lines import encode_trade
from coattail_testing.kinesis import Entry, FakeKinesis
from coattail_testing.records import a_trade


async def test_what_is_put_is_handed_on_and_its_markets_are_known() -> None:
    accepted: list[tuple[str, bytes]] = []
    owned = OwnedMarkets(FakeKinesis(accepted.append))
    lines = [encode_trade(a_trade(1, symbol=symbol)) for symbol in ("BTC-USDT", "ETH-USDT")]
    answer = await owned.put_records(
        StreamName="trades", Records=[Entry(Data=line, PartitionKey="any") for line in lines]
    )

    assert accepted == [("any", line) for line in lines]
    assert answer["FailedRecordCount"] == 0
    assert len(answer["Records"]) == 2
    assert owned.markets == {Market("binance", "BTC-USDT"), Market("binance", "ETH-USDT")}


async def test_other_calls_are_handed_on() -> None:
    answer = await OwnedMarkets(FakeKinesis([].append)).describe_stream_summary(StreamName="trades")

    assert answer == {"StreamDescriptionSummary": {"StreamStatus": "ACTIVE"}}


def test_a_market_that_holds_to_another_writer_is_named() -> None:
    own, other = Market("kraken", "BTC-USD"), Market("kraken", "ETH-USD")

    assert list(strangers("one", [own], {own})) == []
    assert list(strangers("one", [own], {own, other})) == ["one put kraken:ETH-USD, which holds to another writer"]
