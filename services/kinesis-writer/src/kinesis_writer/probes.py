"""What the writer says about its health."""

from collections.abc import Iterable

from coattail_common.health import Check
from coattail_common.link import LinkServer
from kinesis_writer.reachability import Reachability
from kinesis_writer.writer import Writer


class WriterProbes:
    """Live while the process answers; ready while the stream does.

    Memory and connections are shown and fail nothing.
    """

    def __init__(self, writer: Writer, link: LinkServer, reachability: Reachability) -> None:
        self._writer = writer
        self._link = link
        self._reachability = reachability

    def live(self) -> Iterable[Check]:
        """See `Probes.live`."""
        yield Check("process", ok=True)

    def ready(self) -> Iterable[Check]:
        """See `Probes.ready`."""
        yield Check("stream", self._reachability.answers, self._reachability.reason or self._reachability.stream)
        held, most = self._writer.held_bytes, self._writer.max_bytes
        yield Check(
            "memory", ok=True, detail=f"{held} of {most} bytes held, oldest {self._writer.oldest_seconds():.2f} s"
        )
        yield Check("link", ok=True, detail=f"{self._link.connections} connectors on port {self._link.port}")
