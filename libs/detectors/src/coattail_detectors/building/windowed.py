"""A detector of tumbling windows: it puts the bars it is shown into windows, and looks at each once it has closed."""

from collections.abc import Mapping

import msgspec

from coattail_detectors.building.windows import OpenMarket, Windows
from coattail_detectors.kernel.base import BaseDetector
from coattail_detectors.kernel.provenance import Provenance


class Held(msgspec.Struct, frozen=True):
    """The state of a detector that holds windows and nothing else. `missed`: see `BaseDetector.missed`."""

    windows: tuple[OpenMarket, ...]
    missed: dict[str, int] = {}


class Meaning(msgspec.Struct, frozen=True, kw_only=True):
    """What windows depend on. A history that a module cuts to its configured length depends on nothing."""

    window_seconds: int


class WindowDetector(BaseDetector):
    """Holds the windows of all markets. A module implements `inspect`; one that holds more overrides `state` and `restore`, one whose
    state depends on more `depends_on`."""

    window: int

    def __init__(self, provenance: Provenance, window_seconds: int, forget_after: int) -> None:
        """Windows of `window_seconds`; a market quiet for `forget_after` of them is forgotten."""
        self.window = window_seconds * 1_000_000
        self._window_seconds = window_seconds
        self._windows = Windows(self.window, forget_after)
        self._provenance = provenance

    @property
    def late(self) -> int:
        """See `BaseDetector.late`."""
        return self._windows.late

    def state(self) -> bytes:
        """See `BaseDetector.state`."""
        return msgspec.json.encode(Held(self._windows.state(), self._windows.missed()))

    def restore(self, state: bytes) -> None:
        """See `BaseDetector.restore`."""
        held = msgspec.json.decode(state, type=Held)
        self._windows.restore(held.windows, held.missed)

    def depends_on(self) -> bytes:
        """See `BaseDetector.depends_on`."""
        return msgspec.json.encode(Meaning(window_seconds=self._window_seconds))

    def missed(self, until: Mapping[str, int]) -> None:
        """See `BaseDetector.missed`."""
        self._windows.miss(until)
