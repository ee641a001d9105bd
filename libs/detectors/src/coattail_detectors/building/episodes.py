"""Episodes: what goes on over several windows is one event, and reported once."""

from collections.abc import Iterable

import msgspec

from coattail_common.contracts import Severity


class Episode(msgspec.Struct, frozen=True):
    """Something that goes on: what it is in, whether upwards or downwards, and the worst it has been."""

    key: str
    upwards: bool
    severity: Severity


class Episodes:
    """Those that go on now."""

    def __init__(self) -> None:
        self._on: dict[str, Episode] = {}

    def is_news(self, key: str, severity: Severity | None, *, upwards: bool) -> bool:
        """Whether a window that is as severe as this is to be reported: it begins an episode, turns it round, or makes it worse.

        A severity of None ends the episode.
        """
        known = self._on.get(key)
        if severity is None:
            self._on.pop(key, None)
            return False
        if known and known.upwards == upwards and severity.rank <= known.severity.rank:
            return False
        self._on[key] = Episode(key, upwards, severity)
        return True

    def state(self) -> tuple[Episode, ...]:
        """What `restore` goes on from."""
        return tuple(self._on[key] for key in sorted(self._on))

    def restore(self, state: Iterable[Episode]) -> None:
        """Go on from `state`."""
        self._on = {one.key: one for one in state}
