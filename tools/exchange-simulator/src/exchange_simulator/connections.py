"""The open connections of one venue, and what befalls connections rather than frames."""

from aiohttp import WSCloseCode

from exchange_simulator.misbehaviour import Misbehaviour, MisbehaviourKind
from exchange_simulator.model import Market
from exchange_simulator.session import Session
from exchange_simulator.tally import Tally


class Connections:
    """Sessions of a venue in the order in which they opened."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._sessions: dict[Session, None] = {}
        self._cuts_left = 0
        self._refused_until_us = 0

    @property
    def sessions(self) -> tuple[Session, ...]:
        """Every open connection."""
        return tuple(self._sessions)

    def refuses(self, now_us: int) -> bool:
        """Whether a new connection is to be refused."""
        refused = now_us < self._refused_until_us
        self._tally.count(MisbehaviourKind.DISCONNECT, int(refused))
        return refused

    def add(self, session: Session) -> None:
        """Take in a new connection, which may be marked to be cut soon."""
        self._sessions[session] = None
        if self._cuts_left:
            self._cuts_left -= 1
            self._tally.count(MisbehaviourKind.DISCONNECT)
            session.cut_after_trade()

    def remove(self, session: Session) -> None:
        """Forget a connection that has ended."""
        self._sessions.pop(session, None)

    def close_all(self) -> None:
        """Close every connection properly: the server goes away."""
        for session in self.sessions:
            session.close_after(WSCloseCode.GOING_AWAY, b"simulator ends")

    def cut(self, order: Misbehaviour, sessions: tuple[Session, ...], now_us: int) -> None:
        """Cut these connections, and go on as the order says."""
        for session in sessions[: order.count]:
            session.cut()
            self._tally.count(MisbehaviourKind.DISCONNECT)
        self._cuts_left += max(0, (order.count or 0) - len(sessions))
        if order.seconds is not None:
            self._refused_until_us = now_us + round(order.seconds * 1e6)

    def stall(self, order: Misbehaviour, market: Market | None, now_us: int) -> None:
        """Make the connections open now fall silent for a market, or for all."""
        until = None if order.seconds is None else now_us + round(order.seconds * 1e6)
        for session in self.sessions:
            session.stall(market, until)
        self._tally.count(MisbehaviourKind.STALL, len(self._sessions))
