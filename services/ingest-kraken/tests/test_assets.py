import pytest

from ingest_kraken.assets import OURS, altname


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("XBT", "BTC"),
        ("XXBT", "BTC"),
        ("XDG", "DOGE"),
        ("XXDG", "DOGE"),
        ("ZUSD", "USD"),
        ("XETH", "ETH"),
    ],
)
def test_ours_has_older_names(name: str, ours: str) -> None:
    """REST and files say XBT and XDG where the feed and we say BTC and DOGE."""
    assert OURS[name] == ours


@pytest.mark.parametrize("name", ["AAPLx", "ETH", "XTZ", "ZRX", "ZEUS", "XCN"])
def test_ours_lacks_other_names(name: str) -> None:
    """An X or Z in front means nothing by itself."""
    assert name not in OURS


def test_altname_is_the_way_back() -> None:
    assert [altname(asset) for asset in ("BTC", "DOGE", "ETH", "AAPLx")] == ["XBT", "XDG", "ETH", "AAPLx"]
