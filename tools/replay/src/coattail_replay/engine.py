"""What an engine of the replay does: it reads the files, lands their trades and adds them up. The main path is the same for all."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager

import msgspec

from coattail_common.contracts import Alert
from coattail_detectors.kernel.base import BaseDetector
from coattail_detectors.kernel.features import Features
from coattail_detectors.kernel.finding import Finding
from coattail_replay.landed import Account
from coattail_replay.naming import Naming
from coattail_replay.prices import PriceBars
from coattail_replay.progress import Screen
from coattail_replay.sources import Source


class Rows(msgspec.Struct, frozen=True):
    """How many rows were read, and how many of them were no valid trades. Conflicts of ids are not among these yet."""

    count: int
    refused: int


class Engine(ABC):
    """One replay. The methods are called once each, in the order in which they stand here."""

    starting: str | None = None
    """What the phase is called in which it starts, if that takes a while."""

    @abstractmethod
    def read(self, sources: Sequence[Source], naming: Naming, screen: Screen) -> Mapping[int, Counter[str]]:
        """Read every file to its end, writing nothing but what passes; a recording's messages that are no trades, by kind, for each source.

        Raises `InputError` for the first file that cannot be used.
        """

    @abstractmethod
    def running(self, screen: Screen) -> AbstractContextManager[None]:
        """Be ready to land, within; what the engine started has ended after it. The warehouse is there, and empty."""

    @abstractmethod
    def land(self) -> Rows:
        """Land the trades, each once."""

    @abstractmethod
    def findings(self, detectors: Sequence[BaseDetector], features: Features) -> Iterator[Finding]:
        """Yield what the detectors find in the landed trades."""

    @abstractmethod
    def append(self, alerts: Sequence[Alert]) -> None:
        """Land the alerts, at least one."""

    @abstractmethod
    def account(self) -> Account:
        """Count what there is; what was refused has landed then."""

    @abstractmethod
    def prices(self) -> list[PriceBars]:
        """Return the bars that each market's picture is drawn of."""
