import pytest
from aiobotocore.config import AioConfig

from coattail_runtime.aws import open_client


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("AWS_ENDPOINT_URL", "nonsense", "Invalid endpoint: nonsense"),
        ("AWS_PROFILE", "nobody", "The config profile (nobody) could not be found"),
    ],
)
async def test_an_environment_that_cannot_be_used_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], variable: str, value: str, says: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SystemExit) as ended:
        async with open_client("ssm", AioConfig(region_name="us-west-2")):
            pass
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert says in line
    assert "look at AWS_ENDPOINT_URL, AWS_PROFILE" in line
