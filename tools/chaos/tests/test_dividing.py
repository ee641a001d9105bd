"""Between which writers the markets divide."""

import pytest

from coattail_chaos.dividing import divides, drawn_ports, held
from coattail_chaos.errors import ChaosError
from coattail_chaos.services import link_url
from coattail_common.ids import Market
from coattail_runtime.link.links import writer_of

MARKETS = [Market(exchange, f"{base}-USD") for exchange in ("binance", "coinbase", "kraken") for base in ("BTC", "ETH")]
URLS = [link_url(port) for port in range(7070, 7080)]


def test_every_market_is_held_by_the_writer_that_connectors_bring_it_to() -> None:
    shares = held(MARKETS, URLS[:3])

    assert list(shares) == URLS[:3]
    assert sorted(market for share in shares.values() for market in share) == MARKETS
    for url, share in shares.items():
        assert {writer_of(market.exchange, market.symbol, URLS[:3]) for market in share} <= {url}


def test_one_writer_has_all() -> None:
    assert divides(MARKETS, URLS[:1])


def test_a_writer_without_a_market_is_no_division() -> None:
    assert not divides(MARKETS[:1], URLS[:2])


def test_a_connector_with_all_its_markets_at_one_of_several_writers_is_none() -> None:
    both = next(
        (url, other)
        for url in URLS
        for other in URLS
        if all(writer_of(market.exchange, market.symbol, (url, other)) == url for market in MARKETS[:2])
        and len(set(held(MARKETS[2:], (url, other)).values())) == 2
    )

    assert not divides(MARKETS, both)


@pytest.mark.parametrize("writers", [1, 2, 4])
def test_ports_are_drawn_until_the_markets_divide(writers: int) -> None:
    ports = drawn_ports(MARKETS, writers)
    numbers = {port.number for port in ports}
    for port in ports:
        port.close()

    assert len(numbers) == writers
    assert divides(MARKETS, [link_url(port.number) for port in ports])


def test_more_writers_than_markets_is_an_error() -> None:
    with pytest.raises(ChaosError, match="1 markets do not divide between 2 writers"):
        drawn_ports(MARKETS[:1], 2)
