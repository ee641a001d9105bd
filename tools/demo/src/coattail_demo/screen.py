"""What the demo shows while it runs: live on a terminal, plain lines elsewhere."""

from types import TracebackType
from typing import Final, Protocol, Self

from rich.console import Console
from rich.live import Live

from coattail_demo.evidence import RaisedAlert
from coattail_demo.snapshot import Snapshot
from coattail_demo.view import alert_line, view
from coattail_harness.screen import PlainLines

_PLAIN_SECONDS: Final = 5.0


class Screen(Protocol):
    """Where the demo tells what it does."""

    def say(self, line: str) -> None:
        """A line that stays."""
        ...

    def show(self, snapshot: Snapshot) -> None:
        """How things stand now; called about once a second."""
        ...


class PlainScreen(PlainLines):
    """Lines: one for each alert, and one every five seconds for the rest."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._alerts = 0
        self._shown_at = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def show(self, snapshot: Snapshot) -> None:
        """See `Screen.show`."""
        for alert in snapshot.alerts[self._alerts :]:
            self.say(alert_line(alert))
        self._alerts = len(snapshot.alerts)
        if snapshot.seconds - self._shown_at >= _PLAIN_SECONDS:
            self._shown_at = snapshot.seconds
            self.say(status_line(snapshot))


class LiveScreen:
    """A view that is redrawn in place, below the lines that were said."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, auto_refresh=False, transient=True)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def say(self, line: str) -> None:
        """See `Screen.say`."""
        self._console.print(f"• {line}", markup=False, soft_wrap=True, highlight=False)

    def show(self, snapshot: Snapshot) -> None:
        """See `Screen.show`."""
        self._live.update(view(snapshot), refresh=True)


def open_screen(console: Console, *, plain: bool) -> PlainScreen | LiveScreen:
    """The live one on a terminal, unless plain lines are asked for."""
    return PlainScreen(console) if plain or not console.is_terminal else LiveScreen(console)


def status_line(snapshot: Snapshot) -> str:
    """A snapshot in one line."""
    sent = "" if snapshot.sent is None else f"sent {snapshot.sent:,} at {snapshot.rate:,.0f}/s, "
    unready = [part.name for part in snapshot.parts if not part.ready]
    health = f"not ready: {', '.join(unready)}" if unready else "all ready"
    return f"{snapshot.phase}: {sent}stored {snapshot.stored:,}, alerts {len(snapshot.alerts)}; {health}"


def first_alert_line(alert: RaisedAlert, seconds: float) -> str:
    """What is said when the first alert comes."""
    return f"first alert after {seconds:.0f} s: {alert_line(alert)}"
