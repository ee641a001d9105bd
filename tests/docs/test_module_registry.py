"""docs/MODULE_REGISTRY.md is what the registry says, and the registry agrees with contracts and configuration."""

import re
from pathlib import Path

from coattail_cli import module_document
from coattail_common import lake
from coattail_detectors import ModuleRegistry
from coattail_detectors.kernel import features, tiers
from coattail_detectors.kernel.features import Features

_REGISTRY = ModuleRegistry.load()
_MODULES = _REGISTRY.modules


def test_the_document_is_current() -> None:
    assert module_document.FILE.read_text() == module_document.render(_REGISTRY.detectors), "run ./task generate"


def test_it_names_every_module_with_its_table_and_its_columns() -> None:
    text = module_document.FILE.read_text()
    for module in _MODULES:
        assert f"## {module.module_id} {module.name}\n" in text
        assert f"| table | `{module.table.name}`," in text
        assert all(f"| `{column.name}` | {column.type} |" in text for column in lake.columns(module.table.rows))


def test_ids_names_and_tables_are_unique_and_well_formed() -> None:
    ids = [module.module_id for module in _MODULES]
    tables = [module.table.name for module in _MODULES]

    assert all(re.fullmatch(r"MOD-\d{3}", one) for one in ids)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", one) for one in tables)
    assert len(set(ids)) == len(ids)
    assert len(set(tables)) == len(tables)
    assert len({module.name for module in _MODULES}) == len(_MODULES)


def test_a_table_has_what_tells_its_rows_apart_after_a_crash() -> None:
    for module in _MODULES:
        assert {module.table.key, "detected_at"} <= {column.name for column in lake.columns(module.table.rows)}


def test_the_features_file_says_the_defaults(root: Path) -> None:
    said = features.load(root / "config/features.yaml", _MODULES)

    assert said == Features(modules={module.key: module.settings() for module in _MODULES})


def test_a_tier_has_modules_there_are_and_those_of_the_tiers_below(root: Path) -> None:
    below: set[str] = set()
    for name in ("small", "medium", "large"):
        modules = tiers.load(root / f"config/tiers/{name}.yaml").modules
        assert below <= set(modules)
        assert {one.module.name for one in _REGISTRY.enabled(Features(), modules)} == set(modules)
        below = set(modules)


def test_every_module_is_in_its_tier(root: Path) -> None:
    for module in _MODULES:
        assert module.name in tiers.load(root / f"config/tiers/{module.tier}.yaml").modules
