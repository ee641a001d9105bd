"""Only variables with a prefix of ours change a setting, in every program of the repository."""

import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import AliasChoices
from pydantic_settings import BaseSettings, CliApp

from coattail_chaos.options import Options as ChaosOptions
from coattail_common import venues
from coattail_runtime.settings import OF_AWS, ServiceSettings, read

NEEDED = {
    "catalog_lambda": ("--warehouse", "s3://lake/warehouse"),
    "coattail_audit.TraceOptions": ("MOD-002:whale_trade:binance:BTC-USDT:7",),
    "coattail_replay": ("trades.csv",),
    "dq_lambda": ("--dead-letters", "s3://lake/zone"),
    **{venue.module: ("--ssm-prefix", "/coattail/local") for venue in venues.installed()},
    "kinesis_writer": ("--stream", "trades"),
}
"""What each must be told, by its package, or by its package and name where one package has several."""
DEPLOYED = {"SYMBOLS": {venue.module for venue in venues.installed()}}
"""Names without a prefix that task definitions set, and the packages that obey them."""


def settings_classes(root: Path) -> Iterator[type[BaseSettings]]:
    """Every settings class that has a prefix, wherever it stands."""
    sources = [*root.glob("libs/*/src"), *root.glob("services/*/src"), *root.glob("tools/*/src")]
    files = [(file, source) for source in sources for file in sorted(source.rglob("*.py"))]
    files += [(file, root) for name in ("fuzz", "benchmarks") for file in sorted((root / name).rglob("*.py"))]
    for file, source in files:
        if "model_config = " not in file.read_text():
            continue
        name = ".".join(file.relative_to(source).with_suffix("").parts)
        for found in vars(importlib.import_module(name)).values():
            own = isinstance(found, type) and issubclass(found, BaseSettings) and found.__module__ == name
            if own and found.model_config.get("env_prefix"):
                yield found


def package(settings: type[BaseSettings]) -> str:
    return settings.__module__.partition(".")[0]


def needed(settings: type[BaseSettings]) -> tuple[str, ...]:
    return NEEDED.get(f"{package(settings)}.{settings.__name__}", NEEDED.get(package(settings), ()))


def filled(settings: type[BaseSettings]) -> dict[str, object]:
    return CliApp.run(settings, cli_args=list(needed(settings))).model_dump()


def plain_names(settings: type[BaseSettings]) -> set[str]:
    """The names of the fields, and their other names, without the prefix."""
    prefix = settings.model_config.get("env_prefix", "").lower()
    names: set[str] = set()
    for name, field in settings.model_fields.items():
        alias = field.validation_alias
        choices = alias.choices if isinstance(alias, AliasChoices) else [alias or name]
        names |= {name, *(choice for choice in choices if isinstance(choice, str))}
    return {name.lower().removeprefix(prefix).upper() for name in names if not name.lower().startswith(OF_AWS)}


def test_every_settings_class_is_found(root: Path) -> None:
    found = {package(one) for one in settings_classes(root)}
    assert found >= {
        *(name.partition(".")[0] for name in NEEDED),
        "coattail_audit",
        "coattail_chaos",
        "coattail_demo",
        "exchange_simulator",
        "fuzz",
    }
    assert "stream_detectors" in found


def test_no_setting_is_endless_or_no_number(root: Path) -> None:
    """`--seconds nan` and `--rate inf` are refused by every program; the simulator took them."""
    taken = [package(one) for one in settings_classes(root) if one.model_config.get("allow_inf_nan", True)]
    assert not taken


def test_plain_variables_change_no_setting(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set every field's name without its prefix, as `LIST`, `JSON`, `REGION`: each program reads the same settings as before."""
    classes = list(settings_classes(root))
    before = [filled(one) for one in classes]
    for settings in classes:
        for name in plain_names(settings):
            monkeypatch.setenv(name, "7")
            monkeypatch.setenv(name.lower(), "7")
    for name in DEPLOYED:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    assert [filled(one) for one in classes] == before


def test_names_of_deployments_are_those_that_are_known(root: Path) -> None:
    """A name without a prefix is obeyed by the packages of `DEPLOYED`, and by no other."""
    deployed = {
        name: {
            package(one) for one in settings_classes(root) if issubclass(one, ServiceSettings) and name in one.deployed
        }
        for name in DEPLOYED
    }
    assert deployed == DEPLOYED


@pytest.mark.parametrize(("variable", "field", "given"), [("JSON", "json_", "true"), ("LIST", "list_", "true")])
def test_a_second_name_is_a_variable_behind_the_prefix(
    monkeypatch: pytest.MonkeyPatch, variable: str, field: str, given: str
) -> None:
    """`COATTAIL_CHAOS_LIST` was refused as no setting, and `LIST` obeyed."""
    monkeypatch.setenv(f"COATTAIL_CHAOS_{variable}", given)
    assert getattr(read(ChaosOptions, []), field) is True
