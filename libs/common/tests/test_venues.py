"""Venues are found by entry points, wherever they are installed."""

import json
import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from coattail_common import venues

MODULE = """
    from coattail_common.venues import Feed, Venue

    VENUE = Venue(
        name="corner",
        title="Corner",
        ws_url="wss://corner.test",
        rest_url="https://corner.test",
        health_port=9,
        symbols=("A-B", "C-B", "D-B"),
        share=0.1,
        settings="corner:SETTINGS",
        markets_by_name="corner:MISSING",
        backfill="corner:MISSING",
        feeds=(Feed(name="corner", normalise="corner:MISSING", keys="x"),),
    )
    SETTINGS = 7
"""
LOOK = """
    import json, sys
    from coattail_common import venues

    names = [venue.name for venue in venues.installed()]
    corner = venues.find("corner")
    print(json.dumps([names, corner.service, corner.prefix, venues.code(corner.settings), sorted(sys.modules)]))
"""


def test_installed_finds_a_package_from_outside(tmp_path: Path) -> None:
    """A package that declares a venue is found, and the list of venues loads no connector."""
    (tmp_path / "corner.py").write_text(dedent(MODULE))
    package = tmp_path / "corner-1.0.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: corner\nVersion: 1.0\n")
    (package / "entry_points.txt").write_text("[coattail.venues]\ncorner = corner:VENUE\n")
    ended = subprocess.run(
        [sys.executable, "-c", dedent(LOOK)],
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )
    names, service, prefix, settings, modules = json.loads(ended.stdout)

    assert "corner" in names
    assert names == sorted(names)
    assert (service, prefix, settings) == ("ingest-corner", "INGEST_CORNER_", 7)
    assert not {"aiohttp", "boto3", "botocore", "picows", "pydantic"} & set(modules)


def test_find_names_what_is_installed() -> None:
    with pytest.raises(LookupError, match="no venue 'mtgox' is installed; there are"):
        venues.find("mtgox")


def test_code_fails_where_nothing_is() -> None:
    with pytest.raises((ImportError, AttributeError)):
        venues.code("coattail_common.venues:Missing")
