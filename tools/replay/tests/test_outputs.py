"""Where a replay may write."""

from pathlib import Path

import pytest

from coattail_replay.errors import InputError
from coattail_replay.outputs import Places


@pytest.mark.parametrize(
    ("places", "says"),
    [
        ({"report": "/proc/report"}, "/proc/report cannot be written .*; name another place by --report"),
        ({"warehouse": "/proc/warehouse"}, "/proc/warehouse cannot be written .*; name another place by --warehouse"),
        ({"alerts": "trades.csv"}, "--alerts .*/trades.csv would replace .*trades.csv; name another place"),
        ({"warehouse": "files"}, "files holds what no replay has made"),
        ({"plots": "tables/plots"}, "--tables .*/tables would replace --plots; name another place"),
        ({"report": "alerts"}, "--alerts .*/alerts would replace --report; name another place"),
    ],
)
def test_a_place_that_cannot_be_is_refused(places: dict[str, str], says: str, tmp_path: Path) -> None:
    trades = tmp_path / "trades.csv"
    trades.touch()
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "mine").touch()
    names = {name: name for name in ("warehouse", "work", "alerts", "tables", "plots", "report")} | places
    told = Places(**{name: tmp_path / place for name, place in names.items()})

    with pytest.raises(InputError, match=says):
        told.check([trades])
    Places(**{name: tmp_path / name for name in names}).check([trades])
