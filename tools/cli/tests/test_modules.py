"""The modules as a list and as a document."""

import sys
from pathlib import Path

import msgspec
import pytest

from coattail_cli import module_document, modules
from coattail_cli.modules import Listing, ListOptions, listings
from coattail_detectors import ModuleRegistry
from coattail_runtime.settings import read


def test_list_has_every_module_and_those_of_the_tier_enabled(tmp_path: Path) -> None:
    (tmp_path / "features.yaml").write_text("whale_detector: {enabled: false}\n")
    (tmp_path / "mine.yaml").write_text("modules: [whale-detector, volume-anomaly]\n")
    flags = ["--tier", "mine", "--tiers", str(tmp_path), "--features", str(tmp_path / "features.yaml")]
    found = listings(read(ListOptions, flags, {}))
    assert [one.id for one in found] == [module.module_id for module in ModuleRegistry.load().modules]
    assert [one.name for one in found if one.enabled] == ["volume-anomaly"]


def test_list_is_a_table_or_json(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["coattail modules list", "--json"])
    modules.show()
    found = msgspec.json.decode(capsys.readouterr().out, type=list[Listing])
    monkeypatch.setattr(sys, "argv", ["coattail modules list"])
    modules.show()
    heading, *lines = capsys.readouterr().out.splitlines()
    assert heading.split() == ["id", "name", "tier", "table", "enabled", "alerts"]
    assert [line.split()[0] for line in lines] == [one.id for one in found]


def test_list_refuses_a_tier_that_is_not_there(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["coattail modules list", "--tier", "huge"])
    with pytest.raises(SystemExit) as ended:
        modules.show()
    assert ended.value.code == 2
    assert "huge.yaml: No such file" in capsys.readouterr().err


def test_document_is_written_where_it_is_told(tmp_path: Path) -> None:
    modules.document(tmp_path / "registry.md")
    assert (tmp_path / "registry.md").read_text() == module_document.render(ModuleRegistry.load().detectors)
