"""The exchange simulator as a process."""

from pathlib import Path

import pytest

from coattail_harness.errors import HarnessError
from coattail_harness.exchange import TradeKey, simulated


async def test_simulated_trades_flow_when_they_are_asked_for(tmp_path: Path) -> None:
    async with simulated(tmp_path / "logs" / "simulator.log", "--rate", "500", "--seconds", "1") as client:
        assert (await client.status()).sent == 0
        await client.start()
        status = await client.stop()
        assert status.markets
        assert len((await client.truth()).markets) == len(status.markets)
        assert await client.sent_at([TradeKey("binance", "BTC-USDT", 1)]) == [None]
        assert client.addresses("kraken").ws_url.startswith("ws://127.0.0.1:")


async def test_simulated_fails_with_the_words_of_the_simulator(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"exchange-simulator ended \(exit code 2\): .*--speed"):
        async with simulated(tmp_path / "simulator.log", "--speed", "-1"):
            pass
