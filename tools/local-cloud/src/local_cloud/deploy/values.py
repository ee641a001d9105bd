"""The values of a planned resource, read by name and type; what is missing or wrong is named with its address."""

import json
from collections.abc import Mapping
from typing import Any

from local_cloud.errors import CloudError


class Values:
    """A block of planned values. Terraform writes null, "" or [] where nothing was said: all are None here."""

    def __init__(self, where: str, raw: Mapping[str, Any]) -> None:
        self._where = where
        self._raw = raw

    def text(self, name: str) -> str:
        """Raises `CloudError` where there is none."""
        return self._required(name, self.optional_text(name))

    def optional_text(self, name: str) -> str | None:
        value = self._raw.get(name)
        if isinstance(value, bool | list | dict):
            raise self._wrong(name, "a text", value)
        # A number may stand for a text: Terraform converts between them.
        return str(value) if value is not None and value != "" else None

    def number(self, name: str) -> int:
        return self._required(name, self.optional_number(name))

    def optional_number(self, name: str) -> int | None:
        value = self.optional_decimal(name)
        if value is not None and not value.is_integer():
            raise self._wrong(name, "a whole number", value)
        return None if value is None else int(value)

    def optional_decimal(self, name: str) -> float | None:
        value = self._raw.get(name)
        if value is None or value == "":
            return None
        try:
            return float(value)
        except (TypeError, ValueError):
            raise self._wrong(name, "a number", value) from None

    def optional_flag(self, name: str) -> bool | None:
        value = self._raw.get(name)
        if value is not None and not isinstance(value, bool):
            raise self._wrong(name, "true or false", value)
        return value

    def flag(self, name: str) -> bool:
        """False where nothing was said."""
        return self.optional_flag(name) or False

    def texts(self, name: str) -> list[str]:
        value = self._raw.get(name) or []
        if not isinstance(value, list) or not all(isinstance(member, str) for member in value):
            raise self._wrong(name, "a list of texts", value)
        return value

    def mapping(self, name: str) -> dict[str, str]:
        """Tags, properties: texts by name."""
        value = self._raw.get(name) or {}
        if not isinstance(value, dict):
            raise self._wrong(name, "a map", value)
        return {key: str(member) for key, member in value.items() if member is not None}

    def document(self, name: str) -> Any:
        """A JSON text, decoded."""
        try:
            return json.loads(self.text(name))
        except ValueError as error:
            raise CloudError(f"{self._where}: {name} is no JSON: {error}") from error

    def blocks(self, name: str) -> list["Values"]:
        value = self._raw.get(name) or []
        if isinstance(value, dict):
            value = [value]
        if not isinstance(value, list) or not all(isinstance(member, dict) for member in value):
            raise self._wrong(name, "a block", value)
        return [Values(f"{self._where}.{name}[{index}]", member) for index, member in enumerate(value)]

    def optional_block(self, name: str) -> "Values | None":
        return next(iter(self.blocks(name)), None)

    def block(self, name: str) -> "Values":
        return self._required(name, self.optional_block(name))

    def _required[T](self, name: str, value: T | None) -> T:
        if value is None:
            raise CloudError(f"{self._where}: {name} is missing from the plan, or unknown before it is applied")
        return value

    def _wrong(self, name: str, expected: str, value: object) -> CloudError:
        return CloudError(f"{self._where}: {name} should be {expected}, the plan has {value!r}")
