"""Some files at a time are read and counted, while the audit puts together what came of those before."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

_READERS: Final = 4
"""Files that are in memory at a time. On more, two cores are no faster, and from S3 these wait enough for two cores to be busy."""


def ahead[F, T](count: Callable[[F], T], files: Iterable[F]) -> Iterator[tuple[F, T]]:
    """Each file with what `count` makes of it, in order; a few files are ahead of the one that is handed on.

    An end before the last of them, by an error or by a signal, waits for those under way alone.
    """
    waiting: deque[tuple[F, Future[T]]] = deque()
    readers = ThreadPoolExecutor(_READERS, "reader")
    try:
        for file in files:
            waiting.append((file, readers.submit(count, file)))
            if len(waiting) > _READERS:
                first, counted = waiting.popleft()
                yield first, counted.result()
        while waiting:
            first, counted = waiting.popleft()
            yield first, counted.result()
    finally:
        readers.shutdown(cancel_futures=True)
