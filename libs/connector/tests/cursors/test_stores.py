"""What every store of cursors does: the same list for each of them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from libs.connector.tests.cursors.aws import REGION, fake_aws

from coattail_connector.cursors import (
    CursorsRefusedError,
    CursorStore,
    CursorsUnavailableError,
    cursor_setting,
    open_store,
)

BTC, ETH = "BTC-USDT", "ETH-USDT"


class Stores:
    """A place for cursors, at which a store can be opened again and again, and which can be made to fail."""

    def __init__(self, setting: str, break_down: Callable[[], None]) -> None:
        self._setting = cursor_setting(setting)
        self.break_down = break_down

    @asynccontextmanager
    async def open(self, exchange: str = "binance") -> AsyncIterator[CursorStore]:
        async with open_store(self._setting, exchange, REGION) as store:
            assert store is not None
            yield store


@pytest.fixture(params=["file", "dynamodb"])
async def stores(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Stores]:
    if request.param == "file":
        folder = tmp_path / "cursors"

        def in_the_way() -> None:
            (folder / "binance.json").unlink()
            (folder / "binance.json").mkdir()

        yield Stores(f"file:{folder}", in_the_way)
        return
    async with fake_aws() as aws:
        aws.create_table()
        monkeypatch.setenv("AWS_ENDPOINT_URL", aws.url)
        yield Stores("dynamodb:cursors", lambda: setattr(aws, "failing", 3))


async def test_a_market_without_a_cursor_is_left_out(stores: Stores) -> None:
    async with stores.open() as store:
        assert await store.get([BTC, ETH]) == {}
        await store.advance({BTC: 7})
        assert await store.get([BTC, ETH]) == {BTC: 7}


async def test_it_is_there_for_the_next_process(stores: Stores) -> None:
    async with stores.open() as store:
        await store.advance({BTC: 7, ETH: 2**53 + 1})
    async with stores.open() as store:
        assert await store.get([BTC, ETH]) == {BTC: 7, ETH: 2**53 + 1}


async def test_a_cursor_only_rises(stores: Stores) -> None:
    async with stores.open() as store:
        for trade_id in (7, 9, 8, 9):
            await store.advance({BTC: trade_id, ETH: trade_id})
        assert await store.get([BTC, ETH]) == {BTC: 9, ETH: 9}


async def test_the_highest_of_several_writers_wins(stores: Stores) -> None:
    async with stores.open() as one, stores.open() as other:
        await asyncio.gather(
            *(store.advance({BTC: number, ETH: 40 - number}) for number in range(40) for store in (one, other))
        )
        assert await one.get([BTC, ETH]) == {BTC: 39, ETH: 40}


async def test_exchanges_are_apart(stores: Stores) -> None:
    async with stores.open("binance") as binance, stores.open("coinbase") as coinbase:
        await binance.advance({BTC: 7})
        await coinbase.advance({BTC: 900})
        assert await binance.get([BTC]) == {BTC: 7}


async def test_many_markets(stores: Stores) -> None:
    cursors = {f"A{number}-USDT": number for number in range(250)}
    async with stores.open() as store:
        await store.advance(cursors)
        assert await store.get(cursors) == cursors


async def test_a_store_that_is_away_says_so(stores: Stores) -> None:
    async with stores.open() as store:
        await store.advance({BTC: 7})
        stores.break_down()
        with pytest.raises(CursorsUnavailableError):
            await store.get([BTC])


async def test_a_cursor_that_cannot_be_written_says_so(stores: Stores) -> None:
    async with stores.open() as store:
        await store.advance({BTC: 7})
        stores.break_down()
        with pytest.raises(CursorsUnavailableError):
            await store.advance({BTC: 8})


async def test_a_table_that_is_missing_is_a_persons_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    async with fake_aws() as aws:
        monkeypatch.setenv("AWS_ENDPOINT_URL", aws.url)
        async with open_store(cursor_setting("dynamodb:nowhere"), "binance", REGION) as store:
            assert store is not None
            with pytest.raises(CursorsRefusedError, match="in the table nowhere: ResourceNotFound"):
                await store.get([BTC])
            with pytest.raises(CursorsUnavailableError, match="ResourceNotFound"):
                await store.advance({BTC: 1})


async def test_no_store_at_all() -> None:
    async with open_store(cursor_setting("none"), "binance", REGION) as store:
        assert store is None


@pytest.mark.parametrize("text", ["", "file", "file:", "dynamodb:", "redis:x", "none:x"])
def test_a_setting_that_means_nothing(text: str) -> None:
    with pytest.raises(ValueError, match="none, file:FOLDER or dynamodb:TABLE"):
        cursor_setting(text)
