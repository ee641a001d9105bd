"""The files → typed trades on disk, by market and id, and what was refused: every file is read to its end, in bounded memory."""

from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from itertools import batched
from pathlib import Path
from typing import Final

import pyarrow as pa

from coattail_common.contracts import Trade
from coattail_replay import columnar, frames
from coattail_replay.arrow import cells, exact
from coattail_replay.arrow.cells import Cells, Refused
from coattail_replay.arrow.compute import arrow
from coattail_replay.arrow.judging import Judge, as_batch
from coattail_replay.arrow.landing import Rejects
from coattail_replay.arrow.spill import Spill, by_market
from coattail_replay.arrow.trades import SCHEMA, Markets
from coattail_replay.errors import InputError
from coattail_replay.formats import Format, Layout
from coattail_replay.naming import Naming
from coattail_replay.opening import unpacked
from coattail_replay.sources import Source
from coattail_replay.spool import LineChunk, pieces

_PIECE_BYTES: Final = 4 << 20
"""What a core's cache holds: larger pieces take half as long again."""
_PIECES_A_BATCH: Final = 4
_BYTES_A_ROW: Final = 70
_FRAMES_A_BATCH: Final = 50_000

type _Judged = tuple[pa.RecordBatch, list[Refused]]


class Reader:
    """Reads files. `markets` gets the markets that they have; `threads` judge side by side. What is more than `kept` bytes of trades, and
    what is refused, lies in `folder`."""

    def __init__(self, folder: Path, naming: Naming, markets: Markets, threads: int, kept: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._naming = naming
        self._markets = markets
        self._threads = threads
        self.with_ids: Final = Spill(folder / "with-ids.arrow", SCHEMA, "key", kept)
        self.without_ids: Final = Spill(folder / "without-ids.arrow", SCHEMA, "key", kept)
        self.rejects: Final = Rejects(folder / "rejects.arrow")
        self.rows = 0
        """All that were read, refused ones too."""

    def read(self, sources: Sequence[Source], show: Callable[[float], None]) -> Mapping[int, Counter[str]]:
        """Read every file to its end; a recording's messages that are no trades, by kind, for each source. `show` gets the share done.

        Raises `InputError` for the first file that cannot be used.
        """
        skipped: dict[int, Counter[str]] = {}
        with ThreadPoolExecutor(self._threads) as pool:
            for place, source in enumerate(sources):
                size = source.path.stat().st_size
                read = 0

                def advance(more: int, place: int = place, size: int = size) -> None:
                    nonlocal read
                    read += more
                    show((place + min(read / size / 4, 0.99)) / len(sources))

                if isinstance(source.kind, Format):
                    skipped[source.number] = Counter()
                    tasks = self._of_frames(source, skipped[source.number], advance)
                elif source.format is Format.PARQUET:
                    tasks = self._of_columns(source, source.kind, advance)
                else:
                    tasks = self._of_text(source, source.kind, advance)
                self._keep(pool, tasks, source)
                if not read:
                    raise InputError(f"{source.path} has no rows")
        self.with_ids.finish()
        self.without_ids.finish()
        return skipped

    def _keep(self, pool: ThreadPoolExecutor, tasks: Iterator[Callable[[], _Judged]], source: Source) -> None:
        """Judge a few pieces of a file at a time; what was refused is kept in the order of the file."""
        spill = self.with_ids if source.has_ids else self.without_ids
        waiting: deque[Future[tuple[int, list[Refused]]]] = deque()

        def judge(task: Callable[[], _Judged]) -> tuple[int, list[Refused]]:
            rows, refused = task()
            spill.write(by_market(rows))
            return rows.num_rows, refused

        for task in tasks:
            waiting.append(pool.submit(judge, task))
            if len(waiting) > self._threads:
                self._count(source, *waiting.popleft().result())
        while waiting:
            self._count(source, *waiting.popleft().result())

    def _count(self, source: Source, valid: int, refused: Sequence[Refused]) -> None:
        self.rows += valid + len(refused)
        if refused:
            self.rejects.add([(source.number, one.row, one.rule, one.line) for one in refused])

    def _of_text(
        self, source: Source, layout: Layout, advance: Callable[[int], None]
    ) -> Iterator[Callable[[], _Judged]]:
        judge = self._judge(source, layout)
        with unpacked(source.path) as file:
            for group in batched(pieces(file, layout.has_header, _PIECE_BYTES), _PIECES_A_BATCH, strict=False):
                yield partial(_judge_lines, judge, source, layout, group)
                advance(sum(len(block) for piece in group for block in piece.blocks))

    def _of_columns(
        self, source: Source, layout: Layout, advance: Callable[[int], None]
    ) -> Iterator[Callable[[], _Judged]]:
        judge = self._judge(source, layout)
        names = list(dict.fromkeys(layout.columns.used))
        first = 1
        for batch, texts in columnar.batches(source.path, names):
            found = cells.of_columns(texts, names, layout.columns, first)
            yield partial(_judge_all, judge, source, found, [])
            first += batch.num_rows
            advance(batch.num_rows * _BYTES_A_ROW)

    def _of_frames(
        self, source: Source, skipped: Counter[str], advance: Callable[[int], None]
    ) -> Iterator[Callable[[], _Judged]]:
        """The connectors' own normalisers read frames one by one; the record rules judge what they make too."""
        for batch in batched(frames.read(source, self._naming, skipped, advance), _FRAMES_A_BATCH, strict=False):
            yield partial(self._judge_frames, batch, source)

    def _judge_frames(self, batch: Sequence[frames.Row], source: Source) -> _Judged:
        trades: list[tuple[int, Trade]] = []
        refused = []
        for row in batch:
            if row.trade is None:
                refused.append(Refused(row.number, str(row.refused_by), row.line or b""))
            elif isinstance(rule := exact.refuse(row.trade), str):
                refused.append(Refused(row.number, rule, row.line or frames.line_of(row.trade)))
            else:
                trades.append((row.number, row.trade))
        return as_batch(trades, source.number, self._markets, has_id=True, has_side=True), refused

    def _judge(self, source: Source, layout: Layout) -> Judge:
        told = {"exchange": source.exchange, "symbol": source.symbol}
        kept = {field: value for field, value in told.items() if value is not None}
        return Judge(layout.columns, self._naming, kept, self._markets)


def _judge_all(judge: Judge, source: Source, found: Cells, refused: list[Refused]) -> _Judged:
    if not found.count:
        return pa.RecordBatch.from_pylist([], SCHEMA), refused
    rows, more = judge.judge(found, source.number)
    return rows, sorted(refused + more, key=lambda one: one.row)


def _judge_lines(judge: Judge, source: Source, layout: Layout, group: Sequence[LineChunk]) -> _Judged:
    parts = [_judge_all(judge, source, *cells.of_lines(one, layout)) for one in group]
    return arrow.concat_batches([rows for rows, _ in parts]), [one for _, refused in parts for one in refused]
