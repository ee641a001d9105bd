"""The cases of sessions: each connector that breaks a rule fails the case about it."""

from collections.abc import Callable, Sequence

import pytest
from msgspec import structs

from coattail_connector import (
    Cursor,
    ExchangeError,
    Message,
    Reason,
    Refusal,
    SessionRefusedError,
    SocketConnector,
    WebSocket,
)
from coattail_testing.conformance.sessions import SESSION_CASES, Session, SessionCase
from ingest_kraken.connector import KrakenConnector


def frame(*ids: int, kind: str = "update") -> str:
    trades = ",".join(
        f'{{"symbol":"BTC/USD","side":"sell","price":1.5,"qty":2,"trade_id":{one},"timestamp":"2026-01-05T09:58:40Z"}}'
        for one in ids
    )
    return f'{{"channel":"trade","type":"{kind}","data":[{trades}]}}'


class WordyConnector(KrakenConnector):
    """Says something else."""

    async def opened(self, socket: WebSocket) -> None:
        await socket.send('{"method":"ping"}')


class OldConnector(KrakenConnector):
    """Hands on the trades of a snapshot."""

    def normalize(self, frame: bytes | str, received_at: int) -> Sequence[Message]:
        text = frame if isinstance(frame, str) else frame.decode()
        return super().normalize(text.replace("snapshot", "update"), received_at)


class HurtConnector(KrakenConnector):
    """Gives its session up over each complaint."""

    def handle_exchange_error(self, error: ExchangeError) -> None:
        raise SessionRefusedError(error.text)


class PatientConnector(KrakenConnector):
    """Stays, whatever the exchange says."""

    def handle_exchange_error(self, error: ExchangeError) -> None:
        self.reporter.log.error("exchange error", text=error.text)


class DiscreetConnector(KrakenConnector):
    """Tells of nothing that it refuses, and of no latest trade."""

    def normalize(self, frame: bytes | str, received_at: int) -> Sequence[Message]:
        return [one for one in super().normalize(frame, received_at) if not isinstance(one, Refusal | Cursor)]


def session(connector: Callable[..., SocketConnector]) -> Session:
    return Session(
        connector=lambda symbols, url, reporter, wait: connector(symbols, url, reporter, wait=wait),
        symbols=("BTC-USD", "ETH-USD"),
        trade=frame,
        opening=[
            {"method": "subscribe", "params": {"channel": "trade", "symbol": ["BTC/USD", "ETH/USD"], "snapshot": True}}
        ],
        standing=lambda trade_id: [frame(trade_id, kind="snapshot")],
        unknown_market=("XXX-USD", '{"error":"Not supported XXX/USD","method":"subscribe"}', "Not supported XXX/USD"),
        refusal=('{"error":"Exceeded msg rate","method":"subscribe"}', "subscribe: Exceeded msg rate"),
        bad={frame(101).replace("1.5", "-1"): Reason.AMOUNT},
        complaint=('{"channel":"status","data":[{"system":"maintenance"}]}', "the trading engine is in maintenance"),
    )


@pytest.mark.parametrize("case", SESSION_CASES, ids=str)
async def test_a_connector_that_keeps_the_rules_passes(case: SessionCase) -> None:
    await case.run(session(KrakenConnector))


@pytest.mark.parametrize(
    ("number", "connector"),
    [
        (0, WordyConnector),
        (1, OldConnector),
        (2, OldConnector),
        (3, HurtConnector),
        (3, PatientConnector),
        (4, PatientConnector),
        (5, HurtConnector),
        (5, DiscreetConnector),
    ],
)
async def test_a_connector_that_breaks_a_rule_fails(number: int, connector: Callable[..., SocketConnector]) -> None:
    with pytest.raises((AssertionError, TimeoutError)):
        await structs.replace(SESSION_CASES[number], seconds=1).run(session(connector))
