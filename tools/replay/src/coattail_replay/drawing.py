"""A picture of each market. What draws them is loaded when it is needed: that takes a second."""

from collections.abc import Sequence
from pathlib import Path

from coattail_common.contracts import Alert
from coattail_replay.bars import PriceBars


def draw(markets: Sequence[PriceBars], alerts: Sequence[Alert], folder: Path) -> None:
    """Draw each market into `folder`. `alerts` are those of all markets."""
    from coattail_replay import plots  # noqa: PLC0415

    for market in markets:
        plots.draw(market, alerts, folder)
