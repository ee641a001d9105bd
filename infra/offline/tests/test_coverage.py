from hypothesis import given
from hypothesis import strategies as st
from infra.offline.coverage import Carrier, Coverage, Overlap, Stray, coverage

BTC, ETH, SOL, USD = "binance:BTC-USDT", "binance:ETH-USDT", "binance:SOL-USDT", "coinbase:BTC-USD"
LISTED = (BTC, ETH, USD)
COINBASE = Carrier("ingest-coinbase", "coinbase", 1)


def binance(name: str, *markets: str, count: int = 1) -> Carrier:
    return Carrier(f"ingest-binance {name}", "binance", count, markets or None)


def test_tasks_that_read_the_list_carry_all_of_it() -> None:
    assert coverage(LISTED, [binance("all"), COINBASE]).sound


def test_tasks_that_divide_the_list_between_them_carry_all_of_it() -> None:
    assert coverage(LISTED, [binance("a", BTC), binance("b", ETH, count=2), COINBASE]).sound


def test_a_market_that_nobody_carries() -> None:
    assert coverage(LISTED, [binance("a", BTC), COINBASE]) == Coverage(uncarried=(ETH,))


def test_a_group_of_no_tasks_carries_nothing() -> None:
    assert coverage(LISTED, [binance("a", count=0), COINBASE]) == Coverage(uncarried=(BTC, ETH))


def test_a_market_that_several_carry_is_to_be_declared() -> None:
    carriers = [binance("a", BTC, ETH), binance("b", BTC), COINBASE]
    twice = Overlap(BTC, ("ingest-binance a", "ingest-binance b"))
    assert coverage(LISTED, carriers) == Coverage(undeclared=(twice,))
    assert coverage(LISTED, carriers, [BTC]).sound


def test_a_group_that_names_markets_beside_one_that_reads_the_list_carries_them_twice() -> None:
    found = coverage(LISTED, [binance("a"), binance("b", ETH), COINBASE])
    assert [one.market for one in found.undeclared] == [ETH]


def test_what_is_declared_as_shared_and_is_not() -> None:
    assert coverage(LISTED, [binance("a"), COINBASE], [BTC]) == Coverage(unshared=(BTC,))


def test_a_market_that_is_not_in_the_list() -> None:
    found = coverage(LISTED, [binance("a", BTC, ETH, SOL), COINBASE], [SOL])
    assert found == Coverage(strays=(Stray(SOL, "ingest-binance a"), Stray(SOL, "shared_symbols")))


def test_each_fault_is_a_line_that_says_what_to_do() -> None:
    faults = coverage(LISTED, [binance("a", BTC, SOL), binance("b", BTC)], [USD]).faults()
    assert faults == [
        f"{ETH}: in the list, and no task carries it",
        f"{USD}: in the list, and no task carries it",
        f"{BTC}: carried by ingest-binance a and ingest-binance b; name it in shared_symbols if that is meant",
        f"{USD}: in shared_symbols, and not carried by several task groups",
        f"{SOL}: in ingest-binance a, and not in the list",
    ]


MARKETS = st.sets(st.sampled_from([BTC, ETH, SOL, USD]))


@given(MARKETS, st.lists(st.tuples(MARKETS, st.integers(0, 2))), MARKETS)
def test_it_is_sound_exactly_when_each_market_is_carried_as_declared(
    listed: set[str], groups: list[tuple[set[str], int]], shared: set[str]
) -> None:
    carriers = [
        Carrier(str(number), "binance", count, tuple(sorted(some))) for number, (some, count) in enumerate(groups)
    ]
    running = [some for some, count in groups if count]
    times = {market: sum(market in some for some in running) for market in (BTC, ETH, SOL, USD)}
    as_declared = all(
        (times[market] > 1 if market in shared else times[market] == 1) if market in listed else not times[market]
        for market in times
    )
    assert coverage(sorted(listed), carriers, shared).sound == (as_declared and shared <= listed)
