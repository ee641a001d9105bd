"""The pinned package: what is not the recorded one is refused, and its sources are read from the archive."""

import base64
import io
import json
import tarfile
from pathlib import Path

import pytest
from infra.offline import layout
from infra.offline.errors import SetupError
from infra.offline.schema_package import (
    SchemaPackage,
    fetch,
    integrity_of,
    require_provider_version,
    typescript_sources,
)


def archive_with(directory: Path, name: str, typescript: str) -> Path:
    """Write a package archive with one compiled module whose source map holds `typescript`."""
    source_map = base64.b64encode(json.dumps({"sourcesContent": [typescript]}).encode()).decode()
    javascript = f"exports.x = 1;\n//# sourceMappingURL=data:application/json;base64,{source_map}\n".encode()
    path = directory / name
    with tarfile.open(path, "w:gz") as archive:
        manifest = json.dumps({"cdktn": {"provider": {"version": "6.66.0"}}}).encode()
        members = {
            "package/lib/thing/index.js": javascript,
            "package/package.json": manifest,
            "package/README.md": b"read me",
        }
        for member, content in members.items():
            entry = tarfile.TarInfo(member)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return path


def test_the_pin_is_complete() -> None:
    pin = SchemaPackage.read(layout.SCHEMA_PACKAGE)

    assert pin.integrity.startswith("sha512-")
    assert pin.provider_version.startswith("6.")


@pytest.mark.parametrize(("folder", "operator"), [("stacks", "~>"), ("modules", ">=")])
def test_constraint_allows_no_provider_before_the_checked_one(folder: str, operator: str) -> None:
    """An argument that the checked schema has may be missing from an earlier provider."""
    pin = SchemaPackage.read(layout.SCHEMA_PACKAGE)
    minor = pin.provider_version.rpartition(".")[0]
    files = (layout.ROOT / "infra" / folder).glob("*/*.tf")
    said = {path.parent.name: text for path in files if "required_providers" in (text := path.read_text())}

    assert said.keys() >= {"stacks": {"platform", "ingest-kraken"}, "modules": {"connector"}}[folder]
    assert [name for name, text in said.items() if f'version = "{operator} {minor}"' not in text] == []


def test_sources_come_out_of_the_source_maps(tmp_path: Path) -> None:
    archive = archive_with(tmp_path, "a.tgz", "export class Thing {}")

    assert list(typescript_sources(archive)) == ["export class Thing {}"]


def test_an_archive_that_is_there_and_right_is_not_fetched_again(tmp_path: Path) -> None:
    archive = archive_with(tmp_path, "scope-thing-1.0.0.tgz", "x")
    pin = SchemaPackage("@scope/thing", "1.0.0", "6.25.0", integrity_of(archive))

    assert fetch(pin, tmp_path) == archive


def test_another_archive_is_refused_with_the_command_that_mends_it(tmp_path: Path) -> None:
    archive = archive_with(tmp_path, "scope-thing-1.0.0.tgz", "x")
    pin = SchemaPackage("@scope/thing", "1.0.0", "6.25.0", "sha512-somethingelse")

    with pytest.raises(SetupError, match=f"Try: rm {archive}"):
        fetch(pin, tmp_path)


def test_provider_version_is_what_the_package_says(tmp_path: Path) -> None:
    archive = archive_with(tmp_path, "scope-thing-1.0.0.tgz", "x")

    require_provider_version(SchemaPackage("@scope/thing", "1.0.0", "6.66.0", ""), archive)
    with pytest.raises(SetupError, match=r"@scope/thing@1\.0\.0 carries provider 6\.66\.0, and the pin says 6\.67\.0"):
        require_provider_version(SchemaPackage("@scope/thing", "1.0.0", "6.67.0", ""), archive)
