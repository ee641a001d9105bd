"""Who is killed."""

from random import Random

from coattail_chaos.scenarios.kills import victims

CONNECTORS, WRITERS = ("binance", "coinbase", "kraken"), ("one", "two")


def test_first_each_writer_alone_then_a_connector_then_one_of_both(random: Random) -> None:
    assert [list(victims(CONNECTORS, WRITERS, number, random)) for number in range(2)] == [["one"], ["two"]]
    (connector,) = victims(CONNECTORS, WRITERS, 2, random)
    assert connector in CONNECTORS
    connector, writer = victims(CONNECTORS, WRITERS, 3, random)
    assert connector in CONNECTORS
    assert writer in WRITERS


def test_then_chance_kills_everyone_each_alone_and_the_writers_together(random: Random) -> None:
    killed = {tuple(victims(CONNECTORS, WRITERS, number, random)) for number in range(4, 200)}

    assert {(one,) for one in (*CONNECTORS, *WRITERS)} <= killed
    assert WRITERS in killed
    assert {(connector, writer) for connector in CONNECTORS for writer in WRITERS} <= killed
