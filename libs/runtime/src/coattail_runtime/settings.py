"""Settings: environment variables or flags, read once at the edge into a typed object.

A service declares a subclass of `ServiceSettings`; `read` gives it filled, or ends the process with one line that says which
setting is wrong, where it came from and what to do.
"""

import difflib
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Final, NoReturn

from pydantic import AliasChoices, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    CliApp,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

EXIT_CONFIGURATION = 2
OF_AWS: Final = "aws_"
"""Variables that every client of AWS reads: they have no prefix of ours."""
REGION = r"^[a-z]{2}(-[a-z]+)+-[0-9]$"
"""What a region of AWS looks like: us-west-2."""


class ServiceSettings(BaseSettings):
    """The base of every settings class: its `env_prefix` names the service, its fields are environment variables and flags alike.

    Of the environment only variables with the prefix count, those of AWS where a field names one, and those of `deployed`,
    which deployments set by a name without the prefix. An alias of a field (`list`) is a flag as it stands, and a variable
    behind the prefix: what else is called `LIST` on a machine is another program's.
    """

    deployed: ClassVar[frozenset[str]] = frozenset()

    model_config = SettingsConfigDict(
        extra="forbid",
        frozen=True,
        allow_inf_nan=False,
        cli_kebab_case=True,
        cli_hide_none_type=True,
        cli_show_env_vars=True,
        cli_implicit_flags=True,
        cli_avoid_json=True,
        cli_exit_on_error=False,
        nested_model_default_partial_update=True,
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read the variables that are ours, and no others."""
        ours = _Environment(settings_cls)
        # --help asks this one for the names.
        env_settings._extract_field_info = ours._extract_field_info  # type: ignore[attr-defined]
        return init_settings, ours, dotenv_settings, file_secret_settings


class _Environment(EnvSettingsSource):
    """The environment by the names that `ServiceSettings` allows."""

    def _extract_field_info(
        self, field: FieldInfo, field_name: str, model_config: Mapping[str, Any] | None = None
    ) -> list[tuple[str, str, bool]]:
        found: dict[str, tuple[str, str, bool]] = {}
        for key, name, is_complex in super()._extract_field_info(field, field_name, model_config):
            ours = _prefixed(self.settings_cls, name)
            found.setdefault(ours, (key, ours, is_complex))
        # A name that Python keeps for itself has a line behind it in the class alone: `list_`.
        return [one for name, one in found.items() if not name.endswith("_") or len(found) == 1]


def read[S: ServiceSettings](
    settings: type[S], arguments: Sequence[str] | None = None, environment: Mapping[str, str] | None = None
) -> S:
    """The settings from `arguments` (default: the command line) over the environment. Ends the process with code 2 when they are wrong."""
    stray = unknown_variables(settings, os.environ if environment is None else environment)
    if stray:
        refuse(stray[0])
    try:
        return CliApp.run(settings, cli_args=list(sys.argv[1:] if arguments is None else arguments))
    except ValidationError as error:
        refuse("; ".join(_describe(settings, problem) for problem in error.errors()))
    except SettingsError as error:
        refuse(f"{error}; --help lists the settings")


def listed(value: object) -> object:
    """Part a text at its commas, as a variable or a flag gives several values: for `BeforeValidator`, beside `NoDecode`."""
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def unknown_variables(settings: type[ServiceSettings], environment: Mapping[str, str]) -> list[str]:
    """A message for each variable that has the service's prefix and names none of its settings."""
    prefix = settings.model_config.get("env_prefix", "")
    if not prefix:
        return []
    known = {name.upper() for name in variables(settings)}
    return [
        f"environment variable {name} is not a setting; {_suggestion(name.upper(), known)}"
        for name in environment
        if name.upper().startswith(prefix.upper()) and name.upper() not in known
    ]


def variables(settings: type[ServiceSettings]) -> list[str]:
    """The environment variables that the settings are read from: prefix and name, or the names that a field has been given."""
    names: list[str] = []
    for name, field in settings.model_fields.items():
        alias = field.validation_alias
        given: Iterable[object] = alias.choices if isinstance(alias, AliasChoices) else [alias or name]
        names += (_prefixed(settings, choice) for choice in given if isinstance(choice, str))
    return list(dict.fromkeys(names))


def _prefixed(settings: type[BaseSettings], name: str) -> str:
    """The variable of a name: behind the prefix, unless it has that or stands without one."""
    prefix = settings.model_config.get("env_prefix", "").lower()
    deployed = settings.deployed if issubclass(settings, ServiceSettings) else frozenset()
    stands = name.lower().startswith((prefix, OF_AWS)) or name.upper() in deployed
    return name if stands else f"{prefix}{name}"


def refuse(message: str) -> NoReturn:
    """End the process over its configuration: one line to standard error, exit code 2."""
    sys.stderr.write(f"configuration: {message}\n")
    raise SystemExit(EXIT_CONFIGURATION)


def _describe(settings: type[ServiceSettings], problem: object) -> str:
    assert isinstance(problem, dict)  # noqa: S101  (pydantic types its errors as mappings)
    prefix = settings.model_config.get("env_prefix", "")
    if not problem["loc"]:  # settings that do not go together, and no single one of them
        return str(problem["msg"]).removeprefix("Value error, ")
    # A field with a second name, such as SYMBOLS, is reported under its first, which has the prefix already.
    first, *within = problem["loc"]
    name = str(first).removeprefix(prefix.lower())
    where = ".".join([name, *map(str, within)])
    flag = "--" + name.replace("_", "-").lower()
    got = "" if problem["type"] == "missing" else f" (got {problem['input']!r})"
    return f"{where}: {problem['msg'].removeprefix('Value error, ')}{got}; set {prefix}{name.upper()} or {flag}"


def _suggestion(name: str, known: set[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {near[0]}?" if near else f"the settings are {', '.join(sorted(known))}"
