"""What the settings say, put together: on AWS, in a file, and with nothing of it."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from libs.connector.tests.cursors.aws import fake_aws
from pydantic import Field, HttpUrl, WebsocketUrl

from coattail_common.contracts import TradesGapFilled
from coattail_connector import ConnectorSettings, NoLedger
from coattail_connector.gaps.gap_filling import gap_filling
from coattail_runtime.bus.sink import NoEvents
from coattail_runtime.link import group
from coattail_runtime.settings import read
from coattail_testing.connector import FakeBackfill, ReadableLog
from coattail_testing.records import a_line

BTC = "BTC-USDT"


class Settings(ConnectorSettings):
    ws_url: WebsocketUrl = Field(WebsocketUrl("ws://127.0.0.1:9"))
    rest_url: HttpUrl = Field(HttpUrl("http://127.0.0.1:9"))
    health_port: int = 0


def settings(flags: Sequence[str] = ()) -> Settings:
    return read(Settings, ["--symbols", BTC, *flags], {})


async def test_table_and_bus(log: ReadableLog, monkeypatch: pytest.MonkeyPatch) -> None:
    async with fake_aws() as aws:
        aws.create_table()
        monkeypatch.setenv("AWS_ENDPOINT_URL", aws.url)
        told = settings(["--cursors", "dynamodb:cursors", "--event-bus", "default", "--cursor-seconds", "3600"])
        async with gap_filling(told, "binance", FakeBackfill(), "ingest-test", log.logger) as gaps:
            assert await gaps.ledger.resume([BTC]) == {}
            gaps.ledger.began(BTC, 6)
            gaps.ledger.accepted(*group([a_line(7), a_line(8)], 100_000))
            gaps.events.tell(
                TradesGapFilled(occurred_at=1, exchange="binance", symbol=BTC, first_trade_id=7, last_trade_id=7)
            )
        async with gap_filling(told, "binance", FakeBackfill(), "ingest-test", log.logger) as gaps:
            assert await gaps.ledger.resume([BTC]) == {BTC: 8}
        (entry,) = next(arguments["Entries"] for operation, arguments in aws.requests if operation == "PutEvents")
    assert (entry["Source"], entry["DetailType"]) == ("coattail.ingest-test", "trades.gap_filled")


async def test_a_folder(log: ReadableLog, tmp_path: Path) -> None:
    told = settings(["--cursors", f"file:{tmp_path}", "--hold-seconds", "1", "--hold-trades", "7"])
    async with gap_filling(told, "binance", FakeBackfill(), "ingest-test", log.logger) as gaps:
        await gaps.ledger.resume([BTC])
        gaps.ledger.accepted(*group([a_line(7)], 100_000))
        assert (gaps.filling.most, gaps.filling.hold_seconds, gaps.filling.hold_trades) == (200_000, 1, 7)
        assert isinstance(gaps.events, NoEvents)
    assert (tmp_path / "binance.json").read_text() == '{"exchange":"binance","cursors":{"BTC-USDT":7}}'


async def test_nothing_of_it(log: ReadableLog) -> None:
    told = settings(["--backfill-trades", "0"])
    async with gap_filling(told, "binance", FakeBackfill(), "ingest-test", log.logger) as gaps:
        assert gaps.backfill is None
        assert isinstance(gaps.ledger, NoLedger)
    assert log.lines("no cursors are kept")
