"""What the tables hold, read by PyIceberg: another reader than the one that wrote them."""

from collections.abc import Mapping, Sequence
from typing import Final, cast

import msgspec
import pyarrow as pa
from pyiceberg.catalog import Catalog, load_catalog
from pyiceberg.exceptions import NoSuchTableError
from pyiceberg.table import Table

from coattail_common.contracts import Lineage, MarketTrades
from coattail_common.ids import ranges_of
from coattail_demo import aws
from coattail_demo.evidence import AlertKey, Kept, LandedAlert, StoredMarket, TableState

DATABASE: Final = "coattail"


class Tables:
    """The lakehouse behind `endpoint`. Blocking: call from a thread. Raises `CloudSilentError` when it cannot be read."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self._catalog: Catalog | None = None

    def rows(self) -> TableState:
        """How many rows the tables have, from the newest snapshots alone."""
        return TableState(trades=self._total("raw_trades"), alerts=self._total("anomaly_alerts"))

    def stored(self) -> tuple[StoredMarket, ...]:
        """The trades of each market: rows, and the ids as ranges."""
        columns = self._read("raw_trades", ("exchange", "symbol", "trade_id"))
        if columns is None or not columns.num_rows:
            return ()
        grouped = columns.group_by(["exchange", "symbol"], use_threads=False).aggregate([("trade_id", "list")])
        return tuple(
            StoredMarket(
                str(row["exchange"]), str(row["symbol"]), len(row["trade_id_list"]), ranges_of(row["trade_id_list"])
            )
            for row in grouped.to_pylist()
        )

    def alerts(self) -> tuple[LandedAlert, ...]:
        """The rows of `anomaly_alerts`."""
        columns = self._read("anomaly_alerts", ("alert_id", "alert_type", "exchange", "symbol", "lineage"))
        return tuple(_alert(row) for row in columns.to_pylist()) if columns is not None else ()

    def kept(self) -> Kept:
        """All there is now: what a demo that goes on with these tables must leave as it is."""
        with aws.answering("reading table raw_trades"):
            table = self._table("raw_trades")
        snapshot = table.current_snapshot() if table is not None else None
        return Kept(
            stored=self.stored(),
            alert_ids=frozenset(alert.alert_id for alert in self.alerts()),
            rejected=self.rejects(),
            newest_at=snapshot.timestamp_ms * 1000 if snapshot is not None else 0,
        )

    def rejects(self) -> int:
        """How many rows `dq_rejects` has."""
        return self._total("dq_rejects")

    def _read(self, name: str, fields: Sequence[str]) -> pa.Table | None:
        with aws.answering(f"reading table {name}"):
            table = self._table(name)
            return None if table is None else table.scan(selected_fields=tuple(fields)).to_arrow()

    def _total(self, name: str) -> int:
        with aws.answering(f"reading table {name}"):
            table = self._table(name)
        snapshot = table.current_snapshot() if table is not None else None
        if snapshot is None or snapshot.summary is None:
            return 0
        return int(snapshot.summary.get("total-records") or 0)

    def _table(self, name: str) -> Table | None:
        if self._catalog is None:
            self._catalog = open_catalog(self.endpoint)
        try:
            return self._catalog.load_table(f"{DATABASE}.{name}")
        except NoSuchTableError:
            return None


def open_catalog(endpoint: str) -> Catalog:
    """The Glue catalog of the local cloud."""
    key, secret = aws.CREDENTIALS["aws_access_key_id"], aws.CREDENTIALS["aws_secret_access_key"]
    return load_catalog(
        "lakehouse",
        **{
            "type": "glue",
            "glue.endpoint": endpoint,
            "glue.region": aws.REGION,
            "glue.access-key-id": key,
            "glue.secret-access-key": secret,
            "s3.endpoint": endpoint,
            "s3.region": aws.REGION,
            "s3.access-key-id": key,
            "s3.secret-access-key": secret,
            "s3.force-virtual-addressing": "false",
        },
    )


def _alert(row: Mapping[str, object]) -> LandedAlert:
    lineage = msgspec.json.decode(cast("str", row["lineage"]), type=Lineage)
    exchange = str(row["exchange"]) if row["exchange"] is not None else ""
    key = AlertKey(str(row["alert_type"]), exchange, str(row["symbol"]), lineage.first_trade_id, lineage.last_trade_id)
    trades = lineage.markets or (
        MarketTrades(
            exchange=exchange,
            symbol=key.symbol,
            first_trade_id=lineage.first_trade_id,
            last_trade_id=lineage.last_trade_id,
            trade_count=lineage.trade_count,
        ),
    )
    return LandedAlert(str(row["alert_id"]), key, trades)
