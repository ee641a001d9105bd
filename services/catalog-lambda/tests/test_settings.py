"""The settings: which modules are meant, and what is said when they cannot be."""

import pytest

from catalog_lambda.settings import MODULE_IDS, Settings
from coattail_runtime.settings import read


def settings(*flags: str) -> Settings:
    return read(Settings, ["--warehouse", "s3://lake/warehouse", *flags], {})


def test_all_names_every_module() -> None:
    assert settings("--modules", "all").modules == MODULE_IDS
    assert "MOD-002" in MODULE_IDS


@pytest.mark.parametrize(
    ("flags", "parameter"),
    [
        ([], ""),
        (["--ssm-prefix", "/"], ""),
        (["--ssm-prefix", "/coattail/dev"], "/coattail/dev/features/modules"),
        (["--ssm-prefix", "coattail/dev/"], "/coattail/dev/features/modules"),
        (["--ssm-prefix", "/coattail/dev", "--modules", "MOD-001"], ""),
        (["--ssm-prefix", "/coattail/dev", "--modules", ""], ""),
    ],
)
def test_parameter_is_read_unless_modules_are_named(flags: list[str], parameter: str) -> None:
    """Modules that are named win over the list of the tier; to name none is to name the core tables alone."""
    assert settings(*flags).modules_parameter == parameter


def test_modules_are_listed_with_commas() -> None:
    assert settings("--modules", " MOD-002, ").modules == {"MOD-002"}


def test_no_module_is_a_choice_too() -> None:
    assert settings("--modules", "").modules == frozenset()


@pytest.mark.parametrize(
    ("flags", "names"),
    [
        (["--modules", "MOD-002,MOD-999"], "no table belongs to MOD-999; there are"),
        (["--database", "CoatTail"], "CATALOG_LAMBDA_DATABASE"),
        (["--warehouse", "lake/warehouse"], "CATALOG_LAMBDA_WAREHOUSE"),
    ],
)
def test_a_wrong_value_is_named(flags: list[str], names: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        settings(*flags)

    assert names in capsys.readouterr().err


def test_the_warehouse_must_be_said(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read(Settings, [], {})

    assert "set CATALOG_LAMBDA_WAREHOUSE" in capsys.readouterr().err
