"""The markets that are simulated."""

from collections import Counter

from coattail_chaos.exchange import EXCHANGES, MARKETS, scenario


def test_every_exchange_has_two_markets_of_one_size() -> None:
    assert Counter(plan.exchange.value for plan in MARKETS) == dict.fromkeys(EXCHANGES, 2)
    assert len({(plan.exchange, plan.share) for plan in MARKETS}) == len(EXCHANGES)


def test_only_the_markets_of_the_chosen_exchanges_trade() -> None:
    chosen = scenario(7, 120, ["kraken", "binance"])

    assert (chosen.seed, chosen.rate) == (7, 120)
    assert {plan.exchange.value for plan in chosen.markets} == {"binance", "kraken"}
    assert scenario(7, 120, EXCHANGES).markets == MARKETS
