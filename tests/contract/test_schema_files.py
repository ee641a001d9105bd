"""The schema files: current with the structs, and true of every golden payload."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from tests.contract.payloads import Golden, golden, name_of

from coattail_common.contracts import json_schema
from coattail_common.contracts.json_schema import render
from coattail_detectors import ModuleRegistry, schemas

FOLDERS = (json_schema.FOLDER, schemas.FOLDER)
CURRENT = {**json_schema.CURRENT, **schemas.contracts(ModuleRegistry.load().modules)}


def file_of(contract: str) -> Path:
    """Where a contract's schema file is."""
    (path,) = (folder / contract for folder in FOLDERS if (folder / contract).exists())
    return path


def schema(contract: str) -> Any:
    """The schema file of a contract."""
    return json.loads(file_of(contract).read_bytes())


def published() -> list[str]:
    """Every schema file there is, of this version and earlier ones."""
    return sorted(str(path.relative_to(folder)) for folder in FOLDERS for path in folder.rglob("*.json"))


@pytest.mark.parametrize("contract", sorted(CURRENT))
def test_a_schema_file_is_current_with_its_struct(contract: str) -> None:
    assert file_of(contract).read_bytes() == render(CURRENT[contract]), "run `./task generate`"


@pytest.mark.parametrize("contract", published())
def test_every_published_contract_has_a_golden_payload(contract: str) -> None:
    assert golden(contract.removesuffix(".json"))


@pytest.mark.parametrize("payload", golden(""), ids=name_of)
def test_a_golden_payload_is_valid(payload: Golden) -> None:
    jsonschema.validate(json.loads(payload.payload), schema(payload.contract))


@pytest.mark.parametrize("payload", golden(""), ids=name_of)
def test_a_golden_payload_is_decoded_and_encoded_again_the_same(payload: Golden) -> None:
    decoded = msgspec.json.decode(payload.payload, type=CURRENT[payload.contract])
    assert json.loads(msgspec.json.encode(decoded)) == json.loads(payload.payload)
