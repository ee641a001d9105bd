"""The list in SSM: the real client over HTTP, answered by moto."""

from collections.abc import AsyncIterator

import pytest
from libs.connector.tests.cursors.aws import REGION, FakeAws, fake_aws

from coattail_connector import ConnectorSettings, configured_markets
from coattail_connector.markets.listed import ListMissingError, ListUnavailableError, MarketListError
from coattail_connector.markets.listed.ssm import SsmParameter, open_parameter
from coattail_testing.connector import ReadableLog

NAME = "/coattail/test/features/symbols"


@pytest.fixture
async def aws(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeAws]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    async with fake_aws() as aws:
        monkeypatch.setenv("AWS_ENDPOINT_URL", aws.url)
        yield aws


@pytest.fixture
async def parameter(aws: FakeAws) -> AsyncIterator[SsmParameter]:
    async with open_parameter(NAME, REGION) as parameter:
        yield parameter
    assert all(operation == "GetParameter" for operation, _ in aws.requests)


async def test_it_is_read_as_it_is_each_time(aws: FakeAws, parameter: SsmParameter) -> None:
    for text in ('["binance:BTC-USDT"]', "[]"):
        aws.ssm.put_parameter(Name=NAME, Value=text, Type="String", Overwrite=True)
        assert await parameter.read() == text
    assert [operation for operation, _ in aws.requests] == ["GetParameter", "GetParameter"]


async def test_a_parameter_that_is_missing_is_named(parameter: SsmParameter) -> None:
    with pytest.raises(ListMissingError, match=rf"{NAME}: ParameterNotFound"):
        await parameter.read()


async def test_a_service_that_is_away_says_so(aws: FakeAws, parameter: SsmParameter) -> None:
    aws.ssm.put_parameter(Name=NAME, Value="[]", Type="String")
    aws.failing = 3
    with pytest.raises(ListUnavailableError, match="InternalServerError"):
        await parameter.read()
    assert await parameter.read() == "[]"


@pytest.mark.usefixtures("aws")
async def test_an_address_where_nobody_listens_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    async with open_parameter(NAME, REGION) as parameter:
        with pytest.raises(ListUnavailableError, match="EndpointConnectionError"):
            await parameter.read()


class Settings(ConnectorSettings):
    exchange = "binance"


SETTINGS = Settings.model_validate(
    {"ssm_prefix": "/coattail/test", "ws_url": "ws://x", "rest_url": "http://x", "health_port": 0}
)


async def test_a_connector_begins_with_its_exchanges_markets_of_the_list(aws: FakeAws) -> None:
    text = '["binance:BTC-USDT", "coinbase:BTC-USD"]'
    aws.ssm.put_parameter(Name=NAME, Value=text, Type="String")
    async with configured_markets(SETTINGS, ReadableLog().logger) as markets:
        assert markets.settings.symbols == ("BTC-USDT",)
        assert markets.source is not None
        assert await markets.source.read() == markets.text == text


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[]", f"{NAME}: the list of markets is empty"),
        ('["coinbase:BTC-USD"]', f"{NAME}: no market of binance is in the list"),
        ("BTC-USDT", f"{NAME}: no JSON list"),
    ],
)
async def test_a_connector_does_not_begin_with_a_list_that_has_nothing_for_it(
    aws: FakeAws, text: str, problem: str
) -> None:
    aws.ssm.put_parameter(Name=NAME, Value=text, Type="String")
    with pytest.raises(MarketListError, match=problem):
        async with configured_markets(SETTINGS, ReadableLog().logger):
            pass


@pytest.mark.usefixtures("aws")
async def test_a_connector_does_not_begin_without_a_list() -> None:
    with pytest.raises(ListMissingError, match=NAME):
        async with configured_markets(SETTINGS, ReadableLog().logger):
            pass
