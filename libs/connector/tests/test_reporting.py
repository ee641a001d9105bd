import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from coattail_connector import Gap, Reason, Refusal, Reporter
from coattail_connector.process.reporting import LOGGED_REFUSALS
from coattail_testing.connector import ReadableLog
from coattail_testing.records import a_line

type Published = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def published(capsys: pytest.CaptureFixture[str]) -> Published:
    """The EMF documents since it was last asked."""
    return lambda: [msgspec.json.decode(line) for line in capsys.readouterr().out.splitlines()]


def test_each_publication_tells_what_happened_since_the_last(reporter: Reporter, published: Published) -> None:
    reporter.tally.frame(1)
    reporter.tally.frame(2)
    reporter.tally.trade(a_line(1))
    reporter.publish()
    (first,) = published()
    assert (first["Received"], first["Forwarded"], first["LagMs"]) == ([2.0], [1.0], [1.0])
    assert first["service"] == "ingest-test"
    assert first["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "CoatTail"
    reporter.tally.frame(3)
    reporter.session_ended(OSError("cut"), 0.5)
    reporter.publish()
    (second,) = published()
    assert (second["Received"], second["Forwarded"], second["Reconnects"]) == ([1.0], [0.0], [1.0])
    assert "LagMs" not in second


def test_refusals_are_counted_by_reason(reporter: Reporter, published: Published) -> None:
    for reason in (Reason.MALFORMED, Reason.MALFORMED, Reason.TIME):
        reporter.refused(Refusal(reason, "what was wrong"), b"{")
    reporter.publish()
    total, *reasons = published()
    assert total["Refused"] == [3.0]
    assert {metric["reason"]: metric["RefusedByReason"] for metric in reasons} == {"malformed": [2.0], "time": [1.0]}
    reporter.publish()
    (total,) = published()
    assert total["Refused"] == [0.0]


def test_a_gap_is_told_at_once_with_its_ids(reporter: Reporter, log: ReadableLog, published: Published) -> None:
    reporter.gap(Gap("BTC-USDT", 6, 8))
    (metric,) = published()
    assert metric["TradesGap"] == [3.0]
    assert (metric["symbol"], metric["first_trade_id"], metric["last_trade_id"]) == ("BTC-USDT", 6, 8)
    (line,) = log.lines("trades are missing")
    assert '"first_trade_id":6' in line
    assert (reporter.tally.gaps, reporter.tally.missing) == (1, 3)


def test_a_refused_frame_is_logged_with_its_first_bytes(reporter: Reporter, log: ReadableLog) -> None:
    reporter.refused(Refusal(Reason.MALFORMED, "x" * 10_000), b"\xff<html>" + b"y" * 10_000)
    (line,) = log.lines("frame refused")
    assert '"reason":"malformed"' in line
    assert "\\\\xff<html>yyy" in line
    assert '"frame_length":10007' in line
    assert len(line) < 1_000


def test_a_flood_of_refusals_does_not_flood_the_log(reporter: Reporter, log: ReadableLog) -> None:
    for _ in range(1_000):
        reporter.refused(Refusal(Reason.MALFORMED, "no"), "{")
    reporter.refused(Refusal(Reason.TIME, "no"), "{")
    assert len(log.lines('"malformed"')) == LOGGED_REFUSALS
    assert len(log.lines('"time"')) == 1
    reporter.publish()
    reporter.refused(Refusal(Reason.MALFORMED, "no"), "{")
    assert len(log.lines('"malformed"')) == LOGGED_REFUSALS + 1
    assert reporter.tally.refused[Reason.MALFORMED] == 1_001


async def test_the_last_publication_is_at_the_end(reporter: Reporter, published: Published) -> None:
    publishing = asyncio.create_task(reporter.publish_every(3600))
    await asyncio.sleep(0)
    reporter.tally.frame(1)
    publishing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await publishing
    (metric,) = published()
    assert metric["Received"] == [1.0]
