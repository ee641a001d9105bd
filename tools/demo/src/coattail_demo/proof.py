"""The judgement: nothing missing, nothing doubled, every injected event found, no whale and no sweep invented, no alert without its
trades.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from coattail_common.ids import IdRange, Ranges, common, lacking, size
from coattail_demo.episodes import EpisodeProof, judge_episodes
from coattail_demo.evidence import AlertKey, Episode, Evidence, LandedAlert, SentMarket, StoredMarket
from exchange_simulator.model import EventKind

_INJECTED: Final = frozenset(EventKind)
"""The types of alerts about trades of which the simulator knows each that there must be. What other modules see, nobody injects."""

_NAMED: Final = 5
"""At most so many of a kind are named; the rest are counted."""


class MarketProof(msgspec.Struct, frozen=True, kw_only=True):
    """One market: `stored` counts trades, each once; `unexpected` ones are in the table and were never sent.

    `stored` is without the trades that were `kept` of an earlier demo; `gone` of those are not there any more.
    Of the `missing`, `unlanded` are still in Kinesis: Spark has not come to them, and nothing is lost.
    """

    exchange: str
    symbol: str
    sent: int
    stored: int
    missing: int
    duplicates: int
    unexpected: int
    holes: str = ""
    unlanded: int = 0
    kept: int = 0
    gone: int = 0


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """What was found. `problems` are lines for people, one for each thing that is not as it must be.

    `undetected` and `false_alerts` are of alerts about trades; what is about windows is in `episodes`. False alerts about windows
    are no problem: what is unusual about a volume is a matter of degree.
    """

    markets: tuple[MarketProof, ...]
    undetected: tuple[AlertKey, ...]
    false_alerts: tuple[AlertKey, ...]
    only_on_the_bus: tuple[str, ...]
    only_in_the_table: tuple[str, ...]
    landed_twice: int
    without_trades: tuple[str, ...]
    rejected: int
    unread: tuple[str, ...]
    episodes: EpisodeProof

    @property
    def unlanded(self) -> int:
        """Trades that are in no table yet and still in Kinesis."""
        return sum(market.unlanded for market in self.markets)

    @property
    def missing(self) -> int:
        """Trades that are not in the table, wherever they are."""
        return sum(market.missing for market in self.markets)

    @property
    def outstanding(self) -> int:
        """What may still come: trades, alerts, and rows of them."""
        undetected = len(self.undetected) + len(self.episodes.undetected)
        alerts = len(self.only_on_the_bus) + len(self.only_in_the_table) + len(self.without_trades)
        return self.missing + undetected + alerts

    @property
    def problems(self) -> tuple[str, ...]:
        """Empty when everything is as it must be."""
        return tuple(_problems(self))


def judge(evidence: Evidence) -> Proof:
    """Hold what is stored and raised against what was sent and injected."""
    kept, earlier = evidence.kept.ids, evidence.kept.earlier
    sent = {(market.exchange, market.symbol): market for market in evidence.sent}
    stored = {(market.exchange, market.symbol): market for market in evidence.stored}
    on_the_bus = {alert.alert_id for alert in evidence.raised}
    in_the_table = {alert.alert_id for alert in evidence.landed}
    found = {alert.key for alert in evidence.raised if alert.key.alert_type in _INJECTED}
    injected = found if evidence.injected is None else set(evidence.injected)
    markets = [
        _market(
            key,
            sent.get(key),
            stored.get(key),
            in_stream=evidence.in_stream.get(key, ()),
            kept=kept.get(key, ()),
            earlier=earlier.get(key, ()),
        )
        for key in sorted(sent.keys() | stored.keys() | kept.keys())
    ]
    return Proof(
        markets=tuple(market for market in markets if market.sent or market.stored or market.gone),
        undetected=tuple(sorted(injected - found)),
        false_alerts=tuple(sorted(found - injected)),
        only_on_the_bus=tuple(sorted(on_the_bus - in_the_table)),
        only_in_the_table=tuple(sorted(in_the_table - on_the_bus)),
        landed_twice=len(evidence.landed) - len(in_the_table),
        without_trades=tuple(sorted(one.alert_id for one in evidence.landed if not _leads_back(one, stored))),
        rejected=evidence.rejected,
        unread=evidence.unread,
        episodes=_episodes(evidence),
    )


def by_type(things: Iterable[AlertKey | Episode]) -> dict[str, int]:
    """How many of each alert type, the types in order."""
    return dict(sorted(Counter(thing.alert_type for thing in things).items()))


def _episodes(evidence: Evidence) -> EpisodeProof:
    if evidence.episodes is None:
        return EpisodeProof()
    return judge_episodes(evidence.episodes, evidence.raised, evidence.sent, evidence.features, evidence.kept.newest_at)


def _leads_back(alert: LandedAlert, stored: Mapping[tuple[str, str], StoredMarket]) -> bool:
    """Whether the table holds as many trades as the alert's lineage counts, among the ids that it names."""
    for traded in alert.trades:
        market = stored.get((traded.exchange, traded.symbol))
        wanted = IdRange(traded.first_trade_id, traded.last_trade_id)
        if traded.trade_count and size(common((wanted,), market.ids if market else ())) < traded.trade_count:
            return False
    return True


def _market(
    key: tuple[str, str],
    sent: SentMarket | None,
    stored: StoredMarket | None,
    *,
    in_stream: Ranges,
    kept: Ranges,
    earlier: Ranges,
) -> MarketProof:
    exchange, symbol = key
    ids = stored.ids if stored else ()
    distinct = size(ids)
    rows = stored.rows if stored else 0
    gone = size(kept) - size(common(kept, ids))
    new = distinct - size(common(earlier, ids))
    if sent is None or not sent.sent:
        return MarketProof(
            exchange=exchange, symbol=symbol, sent=0, stored=new, missing=0, duplicates=rows - distinct,
            unexpected=new, gone=gone, kept=size(kept),
        )  # fmt: skip
    wanted = IdRange(sent.first_trade_id, sent.last_trade_id)
    holes = lacking(ids, wanted)
    inside = wanted.count - size(holes)
    # A recording that is played again: its trades are in the table already.
    again = size(common((wanted,), earlier)) - size(common(earlier, holes))
    # Where a recording itself has holes, which of the ids were sent is not known, but how many were is.
    missing = sent.sent - inside
    return MarketProof(
        exchange=exchange,
        symbol=symbol,
        sent=sent.sent,
        stored=new + again,
        missing=max(0, missing),
        duplicates=rows - distinct,
        unexpected=new + again - inside + max(0, -missing),
        gone=gone,
        kept=size(kept),
        unlanded=min(max(0, missing), size(common(holes, in_stream))),
        holes=", ".join(str(one) for one in holes[:_NAMED]) if missing > 0 else "",
    )


def _problems(proof: Proof) -> Iterable[str]:
    for market in proof.markets:
        name = f"{market.exchange}:{market.symbol}"
        if market.unlanded:
            yield f"{name}: {market.unlanded} trades have not landed yet, they are still in Kinesis: {market.holes}"
        if lost := market.missing - market.unlanded:
            yield f"{name}: {lost} trades are missing from the table, and not in Kinesis either: {market.holes}"
        if market.duplicates:
            yield f"{name}: {market.duplicates} rows repeat a trade"
        if market.gone:
            yield f"{name}: {market.gone} trades of the kept tables are gone"
        if market.unexpected:
            yield f"{name}: {market.unexpected} trades are stored that were never sent"
    if proof.rejected:
        yield f"{proof.rejected} lines of the stream were refused (dq_rejects)"
    # Spark may not have read so far.
    undetected = "not detected yet" if proof.unlanded else "not detected"
    yield from _named(undetected, [str(key) for key in proof.undetected])
    yield from _named(undetected, [str(episode) for episode in proof.episodes.undetected])
    yield from _named("false alert", [str(key) for key in proof.false_alerts])
    yield from _named("on the bus but not in anomaly_alerts", proof.only_on_the_bus)
    yield from _named("in anomaly_alerts but not on the bus", proof.only_in_the_table)
    if proof.landed_twice:
        yield f"{proof.landed_twice} rows of anomaly_alerts repeat an alert"
    yield from _named("an alert whose trades are not all in raw_trades", proof.without_trades)
    yield from _named("not what the contracts say", proof.unread)


def _named(what: str, things: Iterable[str]) -> Iterable[str]:
    every = list(things)
    yield from (f"{what}: {thing}" for thing in every[:_NAMED])
    if len(every) > _NAMED:
        yield f"{what}: {len(every) - _NAMED} more"


def totals(markets: Iterable[MarketProof]) -> Mapping[str, int]:
    """Sums over the markets."""
    every = list(markets)
    return {
        name: sum(getattr(market, name) for market in every)
        for name in ("sent", "stored", "missing", "unlanded", "duplicates", "unexpected", "kept")
    }
