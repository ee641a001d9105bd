"""Past trades of Kraken. Its REST API knows them by their time, and is asked for ids.

Source: the exchange's "Get Recent Trades" (the latest 1,000, or those after `since`, oldest first; `since` in
nanoseconds; trades of one order share their time; errors come with status 200) and "API rate limits" (public: a request
a second and IP).
"""

import re
from collections.abc import Sequence
from typing import Annotated, Final, Literal

import msgspec

from coattail_common.contracts import Side
from coattail_common.lines import TradeLine
from coattail_connector import (
    DECODING_ERRORS,
    Answer,
    BackfillRefusedError,
    BackfillUnavailableError,
    Clock,
    Gap,
    Market,
    RateLimit,
    Refusal,
    RestClient,
    fetched_trade,
    separately,
    utc_micros,
)
from ingest_kraken.naming import named

_OUR_PER_SECOND: Final = 0.5
"""Half of what the exchange allows: other tasks ask from the same address."""
_OUR_BURST: Final = 1
_TOO_FAST: Final = re.compile(r"EGeneral:Too many requests|EAPI:Rate limit exceeded|EService: ?Throttled").match
_PAUSE_SECONDS: Final = 5.0
"""Who asked too fast is refused "for a few seconds", and for longer who goes on."""
_NEVER: Final = re.compile(r"EQuery:|EGeneral:(Invalid arguments|Unknown method|Permission denied)").match
_SECONDS: Final = re.compile(r"[0-9]{1,10}(?:\.[0-9]{1,20})?").fullmatch
_NANOS: Final = 1_000_000_000
_NANOS_PER_MICRO: Final = 1000
_OVERLAP: Final = 1000
"""ns. Pages overlap by so much: a page may end between trades of one time, and times are printed less finely than they
are.
"""
_FURTHER: Final = 1.25
"""A step back is so much longer than the pace of the trades seen asks for."""
_PAGES_FORWARD: Final = 4
"""So many pages are read rather than skipped by halving."""
_SHOWN: Final = 200

type _Taker = Literal["b", "s"]


class Row(msgspec.Struct, frozen=True, array_like=True):
    """A past trade: `price` and `volume` decimal strings, `time` seconds with a fraction, `side` the taker's."""

    price: str
    volume: str
    time: msgspec.Raw
    side: _Taker
    order_type: str
    misc: str
    trade_id: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class Body(msgspec.Struct, frozen=True):
    """An answer: `error` is empty where there is a `result`, of the rows under the market's name, and `last`."""

    error: list[str]
    result: dict[str, msgspec.Raw] = {}


class Moment(msgspec.Struct, frozen=True):
    """When a trade happened, ns UTC."""

    trade_id: int
    nanos: int


class Page(msgspec.Struct, frozen=True):
    """An answer's trades and their times, ascending by id, and what of it is no trade."""

    trades: list[TradeLine]
    moments: list[Moment]
    refused: list[Refusal]


_decode_body: Final = msgspec.json.Decoder(Body).decode
_decode_rows: Final = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_row: Final = msgspec.json.Decoder(Row).decode


def says_never(body: bytes) -> bool:
    """Whether Kraken says that this request will never be answered: an `EQuery` error, or one of the few general ones."""
    try:
        return any(map(_NEVER, _decode_body(body).error))
    except DECODING_ERRORS:
        return False


def rate_limit() -> RateLimit:
    """What one task may ask of the exchange."""
    return RateLimit(_OUR_PER_SECOND, _OUR_BURST)


class KrakenBackfill:
    """`Backfill` of every market that the exchange has.

    The exchange does not say where a gap lies in time. It is looked for from the latest trades on, which most gaps are among:
    back, as far as the pace of the trades seen suggests and at least twice as far each time, until a page begins before the gap or
    `since=0` was asked; then between the two ends, halving the time; then forward page by page. A quiet time, however long, costs
    at most about 80 requests. What comes right after what was fetched last is asked for from there. When it was asked too fast,
    nothing is asked for `pause` seconds.
    """

    most = 1000

    def __init__(self, rest: RestClient, *, now: Clock = utc_micros, pause: float = _PAUSE_SECONDS) -> None:
        self._rest = rest
        self._reached: dict[str, Moment] = {}
        self._now = now
        self._pause = pause

    async def fetch(self, gap: Gap) -> Sequence[TradeLine | Refusal]:
        """See `Backfill.fetch`."""
        page = await self._beginning(gap)
        found: dict[int, TradeLine] = {}
        refused: list[Refusal] = []
        end: Moment | None = None
        while True:
            refused += page.refused
            found.update({one.trade_id: one for one in page.trades if gap.first <= one.trade_id <= gap.last})
            passed = [moment for moment in page.moments if moment.trade_id <= gap.last]
            if not passed or (end is not None and passed[-1].trade_id <= end.trade_id):
                break
            end = self._reached[gap.symbol] = passed[-1]
            if end.trade_id == gap.last or end is not page.moments[-1]:
                break
            page = await self._ask(gap.symbol, end.nanos - _OVERLAP)
        return [*refused, *(found[trade_id] for trade_id in sorted(found))]

    async def latest(self, symbol: str) -> int | None:
        """See `Backfill.latest`."""
        page = await self._ask(symbol)
        return page.moments[-1].trade_id if page.moments else None

    async def close(self) -> None:
        """See `Backfill.close`."""
        await self._rest.close()

    async def _beginning(self, gap: Gap) -> Page:
        """Return a page that begins before the gap, or at its first trade; else the oldest there is."""
        reached = self._reached.get(gap.symbol)
        if reached is not None and 0 < gap.first - reached.trade_id <= self.most:
            page = await self._ask(gap.symbol, reached.nanos - _OVERLAP)
            if page.moments and page.moments[0].trade_id <= gap.first:
                return page
        page = await self._ask(gap.symbol)
        step = _NANOS
        while page.moments and page.moments[0].trade_id > gap.first:
            step = max(2 * step, _way_back(page.moments, gap.first))
            since = max(0, page.moments[0].nanos - step)
            earlier = await self._ask(gap.symbol, since)
            if earlier.moments and earlier.moments[0].trade_id <= gap.first:
                return await self._nearer(gap, earlier, since, page.moments[0].nanos)
            # Nothing earlier after that time: the market was quiet. There may be something further back.
            if earlier.moments and earlier.moments[0].trade_id < page.moments[0].trade_id:
                page = earlier
            if since == 0:
                break
        return page

    async def _nearer(self, gap: Gap, page: Page, since: int, until: int) -> Page:
        """Return a page that begins before the gap and from which forward paging is short.

        `page` is the one after `since`, and a page after `until` (ns) begins behind the gap's first trade.
        """
        while gap.first - page.moments[-1].trade_id > _PAGES_FORWARD * self.most:
            since = max(since, page.moments[-1].nanos - _OVERLAP)
            middle = (since + until) // 2
            if middle - since <= _OVERLAP:
                break
            found = await self._ask(gap.symbol, middle)
            if found.moments and found.moments[0].trade_id <= gap.first:
                page, since = found, middle
            else:
                until = middle
        return page

    async def _ask(self, symbol: str, since: int | None = None) -> Page:
        market, pair = named(symbol)
        query = {"pair": pair}
        if since is not None:
            query["since"] = str(since)
        answer = await self._rest.get("/0/public/Trades", query, never=says_never)
        received_at = self._now()
        rows, refused = separately(self._rows(answer), _decode_row)
        trades: list[TradeLine] = []
        moments: list[Moment] = []
        for row in rows:
            nanos = _nanos(row.time)
            if nanos:
                moments.append(Moment(row.trade_id, nanos))
            trade = _trade(market, row, nanos, received_at)
            if isinstance(trade, TradeLine):
                trades.append(trade)
            else:
                refused.append(trade)
        return Page(trades, sorted(moments, key=lambda moment: moment.trade_id), refused)

    def _rows(self, answer: Answer) -> list[msgspec.Raw]:
        try:
            body = _decode_body(answer.body)
            if not body.error:
                (rows,) = (value for name, value in body.result.items() if name != "last")
                return _decode_rows(rows)
        except (*DECODING_ERRORS, ValueError) as error:
            message = f"no list of trades: {answer.body[:_SHOWN]!r}"
            raise BackfillUnavailableError(message) from error
        message = f"Kraken answered {', '.join(body.error)[:_SHOWN]}"
        if any(map(_NEVER, body.error)):
            raise BackfillRefusedError(message)
        if any(map(_TOO_FAST, body.error)):
            self._rest.pause(self._pause)
        raise BackfillUnavailableError(message)


def _trade(market: Market, row: Row, nanos: int, received_at: int) -> TradeLine | Refusal:
    side = Side.BUY if row.side == "b" else Side.SELL
    micros = nanos // _NANOS_PER_MICRO
    return fetched_trade(market, row.trade_id, row.price, row.volume, side, micros, received_at)


def _nanos(number: bytes) -> int:
    """Seconds with a fraction, exactly; 0, at which no exchange existed, for what is no such number."""
    text = str(number, "utf-8", "backslashreplace")
    if not _SECONDS(text):
        return 0
    whole, _, fraction = text.partition(".")
    return int(whole) * _NANOS + int(f"{fraction:0<9}"[:9])


def _way_back(moments: Sequence[Moment], first: int) -> int:
    """How long before these trades (ns) the trade `first` probably happened, and somewhat longer."""
    oldest, newest = moments[0], moments[-1]
    ids = max(1, newest.trade_id - oldest.trade_id)
    return round((oldest.trade_id - first) * (newest.nanos - oldest.nanos) / ids * _FURTHER)
