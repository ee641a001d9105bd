"""Settings: environment variables or flags, read once at the edge into a typed object.

A service declares a subclass of `ServiceSettings`; `read` gives it filled, or ends the process with one line that says which
setting is wrong, where it came from and what to do.
"""

import difflib
import os
import sys
from collections.abc import Mapping, Sequence
from typing import NoReturn

from pydantic import AliasChoices, ValidationError
from pydantic_settings import BaseSettings, CliApp, SettingsConfigDict, SettingsError

EXIT_CONFIGURATION = 2
REGION = r"^[a-z]{2}(-[a-z]+)+-[0-9]$"
"""What a region of AWS looks like: us-west-2."""


class ServiceSettings(BaseSettings):
    """The base of every settings class: its `env_prefix` names the service, its fields are environment variables and flags alike."""

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
    prefix = settings.model_config.get("env_prefix", "")
    names: list[str] = []
    for name, field in settings.model_fields.items():
        alias = field.validation_alias
        if isinstance(alias, AliasChoices):
            names += (choice for choice in alias.choices if isinstance(choice, str))
        else:
            names.append(alias if isinstance(alias, str) else f"{prefix}{name}")
    return names


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
