"""A picture of each market. What draws them is loaded when it is needed: that takes a second."""

from collections.abc import Callable, Sequence
from pathlib import Path

from coattail_common.contracts import Alert
from coattail_replay.prices import PriceBars


def draw(markets: Sequence[PriceBars], alerts: Sequence[Alert], folder: Path, show: Callable[[float], None]) -> None:
    """Draw each market into `folder`. `alerts` are those of all markets; `show` gets the share that is done, 0 to 1."""
    from coattail_replay import plots  # noqa: PLC0415

    for place, market in enumerate(markets, start=1):
        plots.draw(market, alerts, folder)
        show(place / len(markets))
