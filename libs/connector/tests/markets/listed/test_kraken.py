import pytest

from coattail_connector.markets.listed import from_kraken, kraken_altname


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("XBT", "BTC"),
        ("XXBT", "BTC"),
        ("XDG", "DOGE"),
        ("XXDG", "DOGE"),
        ("ZUSD", "USD"),
        ("XETH", "ETH"),
        ("ETH", "ETH"),
    ],
)
def test_from_kraken_knows_older_names(name: str, ours: str) -> None:
    """REST and files say XBT and XDG where the feed and we say BTC and DOGE."""
    assert from_kraken(name) == ours


@pytest.mark.parametrize("name", ["AAPLx", "XTZ", "ZRX", "ZEUS", "XCN"])
def test_from_kraken_leaves_other_names(name: str) -> None:
    """An X or Z in front means nothing by itself."""
    assert from_kraken(name) == name


def test_kraken_altname_is_the_way_back() -> None:
    assert [kraken_altname(asset) for asset in ("BTC", "DOGE", "ETH", "AAPLx")] == ["XBT", "XDG", "ETH", "AAPLx"]
