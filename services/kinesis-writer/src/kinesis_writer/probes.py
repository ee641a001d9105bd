"""What the writer says about its health."""

from collections.abc import Iterable

from coattail_runtime.health import Check
from coattail_runtime.link import LinkServer
from kinesis_writer.reachability import Reachability
from kinesis_writer.spool import SpooledIntake
from kinesis_writer.writer import Writer


class WriterProbes:
    """Live while the process answers; ready while it can take trades; degraded while they do not reach the stream in time.

    Without a spool it can take trades while the stream answers. With one, it can until the spool is full. Memory and
    connections are shown and fail nothing.
    """

    def __init__(
        self,
        writer: Writer,
        spool: SpooledIntake | None,
        link: LinkServer | None,
        reachability: Reachability,
        *,
        degraded_seconds: float,
    ) -> None:
        self._writer = writer
        self._spool = spool
        self._link = link
        self._reachability = reachability
        self._degraded_seconds = degraded_seconds

    def live(self) -> Iterable[Check]:
        """See `Probes.live`."""
        yield Check("process", ok=True)

    def ready(self) -> Iterable[Check]:
        """See `Probes.ready`."""
        answers = self._reachability.answers
        yield Check(
            "stream",
            answers or self._spool is not None,
            self._reachability.reason or self._reachability.stream,
            degraded=not answers,
        )
        oldest = (self._spool or self._writer).oldest_seconds()
        yield Check(
            "memory",
            ok=True,
            detail=f"{self._writer.held_bytes} of {self._writer.max_bytes} bytes held, oldest {oldest:.2f} s",
            degraded=oldest > self._degraded_seconds,
        )
        if self._spool is not None:
            yield Check(
                "spool",
                not self._spool.full,
                f"{self._spool.stored_bytes} of {self._spool.max_bytes} bytes",
                degraded=self._spool.spooling,
            )
        if self._link is not None:
            yield Check("link", ok=True, detail=f"{self._link.connections} connectors on {self._link.place}")
