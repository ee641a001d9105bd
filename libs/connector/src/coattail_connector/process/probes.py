"""A connector's answers to the health probes."""

from collections.abc import Iterable

from coattail_connector.process.tally import MICROS
from coattail_connector.streaming import HEALTHY_SECONDS, SocketConnector
from coattail_runtime.health import Check


class ConnectorProbes:
    """Live while the process answers; ready while connected and hearing the exchange. The details are for people."""

    def __init__(self, connector: SocketConnector) -> None:
        self._connector = connector

    def live(self) -> Iterable[Check]:
        """The process answers, which is all a replacement could mend; an exchange that is silent for us is silent for
        it too.
        """
        return (Check("process", ok=True),)

    def ready(self) -> Iterable[Check]:
        """Connected, a message of use in the last 30 seconds, a market that is served; then, for information, each market and the
        counts.
        """
        tally, now = self._connector.reporter.tally, self._connector.now()
        age = tally.message_age(now)
        yield Check("connected", tally.connected, f"{tally.reconnects} reconnects")
        yield Check(
            "messages",
            self._connector.health_check(),
            "none yet" if age is None else f"last {age:.1f} s ago, at most {HEALTHY_SECONDS} s allowed",
        )
        followed = self._connector.followed
        absent = ", ".join(sorted(set(followed.listed_symbols) - set(followed.symbols)))
        yield Check(
            "markets",
            ok=bool(followed.symbols),
            detail=f"{len(followed.symbols)} of {len(followed.listed_symbols)}"
            + (f", not served: {absent}" * bool(absent)),
        )
        for symbol, trade in sorted(tally.last_trades.items()):
            seconds = (now - trade.ingestion_timestamp) / MICROS
            yield Check(symbol, ok=True, detail=f"last trade {trade.trade_id}, {seconds:.1f} s ago")
        refused = ", ".join(f"{count} {reason}" for reason, count in sorted(tally.refused.items())) or "none"
        yield Check(
            "counts",
            ok=True,
            detail=f"received {tally.received}, forwarded {tally.forwarded}, refused {refused}, "
            f"repeated {tally.repeated}, filled {tally.backfilled}, to be filled {self._connector.continuity.missing}, "
            f"lost {tally.missing} in {tally.gaps} gaps",
        )
