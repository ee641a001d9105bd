"""The snapshots that a table's present state came from, followed from parent to parent.

The time of a commit says nothing: a clock may step back between two. What names a snapshot is its parent. Expiry may take a snapshot
out of the middle, by anyone and at any time; the ones before it then cannot be reached, and only a tag still finds them.
"""

from collections.abc import Iterator
from typing import Any, Final

import msgspec
from pyspark.sql import SparkSession

_TOTAL: Final = "total-records"


class Property(msgspec.Struct, frozen=True):
    """What the newest snapshot with a property says in it; None when no ancestor that is left has it.

    `is_cut`: expiry took an ancestor before one with the property was found, so there may have been one. `tagged` is what
    the tagged snapshot says, ancestor or not.
    """

    value: str | None
    is_cut: bool
    tagged: str | None


class Ancestry:
    """The snapshots of one Iceberg table, by its name in SQL, as they are now. Reads metadata alone."""

    def __init__(self, spark: SparkSession, name: str) -> None:
        loader: Any = spark._jvm.org.apache.iceberg.spark.Spark3Util  # type: ignore[union-attr]
        self._table: Any = loader.loadIcebergTable(spark._jsparkSession, name)

    def newest(self, key: str, tag: str) -> Property:
        """Return the property of the nearest snapshot that has it, the current one included."""
        tagged = self._table.refs().get(tag)
        said = None if tagged is None else self._property(self._table.snapshot(tagged.snapshotId()), key)
        last = None
        for snapshot in self._snapshots():
            value = self._property(snapshot, key)
            if value is not None:
                return Property(value, is_cut=False, tagged=said)
            last = snapshot
        return Property(None, is_cut=last is not None and last.parentId() is not None, tagged=said)

    def rows(self) -> int | None:
        """Return how many rows the current snapshot says the table has; None when it says nothing."""
        current = self._table.currentSnapshot()
        total = None if current is None else self._property(current, _TOTAL)
        return None if total is None else int(total)

    def tag(self, tag: str, key: str, value: str) -> None:
        """Put the tag on the nearest ancestor whose property is `value`; where expiry was quicker, the tag stays where it is."""
        for snapshot in self._snapshots():
            if self._property(snapshot, key) == value:
                change = self._table.manageSnapshots()
                known = self._table.refs().containsKey(tag)
                place = change.replaceTag if known else change.createTag
                place(tag, snapshot.snapshotId()).commit()
                return

    def _snapshots(self) -> Iterator[Any]:
        snapshot = self._table.currentSnapshot()
        while snapshot is not None:
            yield snapshot
            parent = snapshot.parentId()
            snapshot = None if parent is None else self._table.snapshot(parent)

    def _property(self, snapshot: Any, key: str) -> str | None:
        value = None if snapshot is None else snapshot.summary().get(key)
        return None if value is None else str(value)
