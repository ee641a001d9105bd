"""What every connector keeps in the words of its exchange, which a test says on a real socket."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager

import msgspec
from tenacity.wait import wait_base, wait_none
from websockets.asyncio.server import ServerConnection

from coattail_connector import Reason, Reporter, SocketConnector
from coattail_runtime import telemetry
from coattail_testing.conformance.stage import expect
from coattail_testing.connector import ReadableLog
from coattail_testing.scene import Scene, streaming

_SUBSCRIBE_SECONDS = 5.0


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """The words of an exchange, and a connector that hears them.

    Attributes:
        connector: Makes a connector of symbols, an address, a reporter and a backoff.
        symbols: Two markets. Trades are of the first.
        trade: The frame of the trade with this id.
        opening: What the connector says first, for both markets.
        standing: The frames that say that the market's latest trade is this one; None where the feed does not say it.
        unknown_market: A third market, which the exchange does not have, the frame that says so, and what is logged of it.
        asks_again: What the connector says then, where the exchange has refused the whole subscription.
        refusal: A frame that refuses a subscription and does not say for which market, and what is logged of it.
        bad: Frames that are refused, with their reasons.
        complaint: A frame that ends nothing, and what is logged of it.
    """

    connector: Callable[[tuple[str, ...], str, Reporter, wait_base], SocketConnector]
    symbols: tuple[str, str]
    trade: Callable[[int], str]
    opening: Sequence[object] = ()
    standing: Callable[[int], Sequence[str]] | None = None
    unknown_market: tuple[str, str, str] | None = None
    asks_again: object = None
    refusal: tuple[str, str] | None = None
    bad: Mapping[str, Reason] = {}
    complaint: tuple[str, str] | None = None


class Heard:
    """A connector's log and counts."""

    def __init__(self) -> None:
        self.log = ReadableLog()
        self.reporter = Reporter("ingest-test", self.log.logger, telemetry.metrics("ingest-test"))
        self.tally = self.reporter.tally


class SessionCase(msgspec.Struct, frozen=True):
    """One thing that a connector keeps, within `seconds`. `needs` names the words of a `Session` that it is about."""

    id: str
    play: Callable[[Session, Heard], Awaitable[None]]
    needs: str = ""
    seconds: float = 30

    def __str__(self) -> str:
        return self.id

    def applies(self, session: Session) -> bool:
        """Whether the exchange has the words that the case is about."""
        return not self.needs or bool(getattr(session, self.needs))

    async def run(self, session: Session) -> None:
        """Play it. Raises `AssertionError` where the connector does not keep it, `TimeoutError` where it takes too long."""
        async with asyncio.timeout(self.seconds):
            await self.play(session, Heard())


async def _subscribes(the: Session, heard: Heard) -> None:
    async with streaming(lambda url: the.connector(the.symbols, url, heard.reporter, wait_none())) as scene:
        socket = await scene.exchange.arrival()
        async with asyncio.timeout(_SUBSCRIBE_SECONDS):
            words = [msgspec.json.decode(await socket.recv()) for _ in the.opening]
    expect(words == list(the.opening), f"it said {words}")


async def _stands(the: Session, heard: Heard) -> None:
    async with _following(the, heard) as scene:
        await _say(await _arrived(the, scene), *_standing(the, 100), the.trade(101), the.trade(102))
        await _hands_on(scene, 101, 102)
        expect(scene.queue.empty(), "more trades are on the queue")
    expect(heard.tally.gaps == 0, "it reported a gap")


async def _missed_between(the: Session, heard: Heard) -> None:
    async with _following(the, heard) as scene:
        first = await _arrived(the, scene)
        await _say(first, the.trade(101))
        await _hands_on(scene, 101)
        first.transport.abort()
        await _say(await _arrived(the, scene), *_standing(the, 105), the.trade(106))
        await _hands_on(scene, 106)
    expect(bool(heard.log.lines('"first_trade_id":102,"last_trade_id":105')), "it did not report what was missed")


async def _unknown_market(the: Session, heard: Heard) -> None:
    symbol, frame, logged = the.unknown_market or ("", "", "")
    async with _following(the, heard, the.symbols[0], symbol) as scene:
        socket = await _arrived(the, scene)
        await _say(socket, frame)
        if the.asks_again is not None:
            words = msgspec.json.decode(await socket.recv())
            expect(words == the.asks_again, f"it said {words}")
        await _say(socket, the.trade(101))
        await _hands_on(scene, 101)
        expect(scene.connector.followed.symbols == (the.symbols[0],), f"it follows {scene.connector.followed.symbols}")
    lines = heard.log.lines("the exchange does not serve this market")
    expect(len(lines) == 1 and f'"symbol":"{symbol}"' in lines[0] and logged in lines[0], f"it logged {lines}")
    expect(heard.tally.reconnects == 0, "the others lost their connection")


async def _refusal(the: Session, heard: Heard) -> None:
    refusal, logged = the.refusal or ("", "")
    async with _following(the, heard) as scene:
        await _say(await _arrived(the, scene), refusal)
        await _say(await _arrived(the, scene), the.trade(101))
        await _hands_on(scene, 101)
    expect(heard.tally.reconnects == 1, f"it reconnected {heard.tally.reconnects} times")
    expect(bool(heard.log.lines(logged)), f"it did not log {logged}")


async def _bad_frames(the: Session, heard: Heard) -> None:
    bad = {"": Reason.MALFORMED, "{": Reason.MALFORMED, **the.bad}
    complaint, logged = the.complaint or (the.trade(101), "")
    async with _following(the, heard) as scene:
        await _say(await _arrived(the, scene), *bad, the.trade(101), complaint, the.trade(102))
        await _hands_on(scene, 101, 102)
    expected = {reason: list(bad.values()).count(reason) for reason in bad.values()}
    expect(heard.tally.refused == expected, f"it refused {heard.tally.refused}, not {expected}")
    expect(bool(heard.log.lines(logged)), f"it did not log {logged}")


def _following(the: Session, heard: Heard, *symbols: str) -> AbstractAsyncContextManager[Scene[SocketConnector]]:
    return streaming(lambda url: the.connector(symbols or the.symbols[:1], url, heard.reporter, wait_none()))


async def _arrived(the: Session, scene: Scene[SocketConnector]) -> ServerConnection:
    return await (scene.exchange.subscriber() if the.opening else scene.exchange.arrival())


async def _say(socket: ServerConnection, *frames: str) -> None:
    for frame in frames:
        await socket.send(frame)


async def _hands_on(scene: Scene[SocketConnector], *ids: int) -> None:
    handed = await scene.ids(len(ids))
    expect(handed == list(ids), f"its trades are {handed}, not {ids}")


def _standing(the: Session, trade_id: int) -> Sequence[str]:
    return the.standing(trade_id) if the.standing is not None else ()


SESSION_CASES = (
    SessionCase("subscribes-at-once", _subscribes, "opening"),
    SessionCase("starts-where-the-market-stands", _stands, "standing"),
    SessionCase("sees-what-was-missed-between-two-connections", _missed_between, "standing"),
    SessionCase("an-unknown-market-ends-no-other", _unknown_market, "unknown_market"),
    SessionCase("tries-again-after-a-refusal", _refusal, "refusal"),
    SessionCase("bad-frames-leave-good-trades-alone", _bad_frames),
)
"""Every case, by its id."""
