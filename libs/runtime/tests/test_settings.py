import json
import subprocess
import sys
from typing import Annotated

import pytest
from pydantic import AliasChoices, Field, SecretStr, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from coattail_runtime.settings import EXIT_CONFIGURATION, ServiceSettings, read, unknown_variables


class Example(ServiceSettings):
    """An example."""

    model_config = SettingsConfigDict(env_prefix="EXAMPLE_")

    port: int = Field(ge=1, description="a port")
    names: Annotated[tuple[str, ...], NoDecode] = Field(
        ("a",), validation_alias=AliasChoices("example_names", "names"), description="names"
    )
    token: SecretStr | None = None
    quiet: bool = False

    @field_validator("names", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if value == "bad":
            message = "bad is no name"
            raise ValueError(message)
        if value == "numbers":
            return [7]
        return value.split(",") if isinstance(value, str) else value


class Lists(ServiceSettings):
    """A list of names."""

    model_config = SettingsConfigDict(env_prefix="LISTS_")

    names: Annotated[tuple[str, ...], NoDecode] = ()

    @field_validator("names", mode="before")
    @classmethod
    def _decode(cls, value: object) -> object:
        return json.loads(value) if isinstance(value, str) else value


class Seconds(ServiceSettings):
    """A time."""

    model_config = SettingsConfigDict(env_prefix="SECONDS_")

    seconds: float = 1


def in_a_process(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """This file run as a program: it prints what was read."""
    return subprocess.run(
        [sys.executable, __file__, *arguments], env=environment, capture_output=True, text=True, check=False, timeout=60
    )


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as ended:
        read(Example, arguments, {})
    assert ended.value.code == EXIT_CONFIGURATION
    (line,) = capsys.readouterr().err.splitlines()
    return line


def test_flags_are_read() -> None:
    settings = read(Example, ["--port", "7", "--names", "x,y", "--quiet"], {})
    assert (settings.port, settings.names, settings.quiet, settings.token) == (7, ("x", "y"), True, None)


def test_flags_win_over_the_environment_and_plain_names_are_others() -> None:
    done = in_a_process("--port", "7", EXAMPLE_PORT="8", EXAMPLE_NAMES="x,y", NAMES="z")
    assert done.stdout == "7 ('x', 'y')\n"
    assert in_a_process("--port", "7", NAMES="z").stdout == "7 ('a',)\n"


def test_a_wrong_key_in_the_environment_is_one_line() -> None:
    done = in_a_process(EXAMPLE_PORT="7", EXAMPLE_PROT="8")
    assert done.returncode == EXIT_CONFIGURATION
    assert done.stderr == (
        "configuration: environment variable EXAMPLE_PROT is not a setting; did you mean EXAMPLE_PORT?\n"
    )


def test_a_wrong_value_in_the_environment_is_one_line() -> None:
    done = in_a_process(EXAMPLE_PORT="eighty")
    assert done.returncode == EXIT_CONFIGURATION
    assert done.stderr == (
        "configuration: port: Input should be a valid integer, unable to parse string as an integer (got 'eighty'); "
        "set EXAMPLE_PORT or --port\n"
    )


def test_a_missing_setting_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert refusal(capsys) == "configuration: port: Field required; set EXAMPLE_PORT or --port"


def test_a_setting_with_two_names_is_reported_under_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    assert refusal(capsys, "--port=7", "--names=bad") == (
        "configuration: names: bad is no name (got 'bad'); set EXAMPLE_NAMES or --names"
    )


def test_a_wrong_item_of_a_list_names_the_setting_that_has_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert refusal(capsys, "--port", "1", "--names", "numbers") == (
        "configuration: names.0: Input should be a valid string (got 7); set EXAMPLE_NAMES or --names"
    )


@pytest.mark.parametrize("arguments", [["--port=7", "--prot=8"], ["--port"], ["--port=7", "stray"]])
def test_a_wrong_flag_is_one_line(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    line = refusal(capsys, *arguments)
    assert line.startswith("configuration: ")
    assert arguments[-1] in line
    assert line.endswith("--help lists the settings")


def test_an_item_of_a_list_is_reported_under_the_setting(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read(Lists, ["--names", "[1]"], {})
    assert capsys.readouterr().err.endswith("(got 1); set LISTS_NAMES or --names\n")


def test_help_shows_the_environment_variable_of_each_setting(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        read(Example, ["--help"], {})
    assert not ended.value.code
    shown = capsys.readouterr().out
    assert "[env: EXAMPLE_PORT]" in shown
    assert "[env: EXAMPLE_NAMES]" in " ".join(shown.split())


@pytest.mark.parametrize("endless", ["inf", "nan"])
def test_no_number_is_endless(capsys: pytest.CaptureFixture[str], endless: str) -> None:
    with pytest.raises(SystemExit):
        read(Seconds, ["--seconds", endless], {})
    assert "finite number" in capsys.readouterr().err


def test_names_of_others_are_nobodys_business() -> None:
    assert unknown_variables(Example, {"PATH": "/bin", "EXAMPLES": "x", "NAMES": "y", "example_port": "7"}) == []


if __name__ == "__main__":
    found = read(Example)
    sys.stdout.write(f"{found.port} {found.names}\n")
