"""The detectors need little: a test of one does not wait for Spark, and a command that lists the modules answers at once."""

import sys
from pathlib import Path

from coattail_testing.imports import loaded

LOAD = "from coattail_detectors import ModuleRegistry\nModuleRegistry.load()"
LOAD_TIER = """
import sys
from pathlib import Path
from coattail_detectors import ModuleRegistry
from coattail_detectors.kernel import tiers
ModuleRegistry.load(tiers.load(Path(sys.argv[1])))
"""
SMALL = Path(__file__).parents[3] / "config/tiers/small.yaml"
MOST_OF_COMMON = 10
"""The contracts and what tables are made of."""


def test_the_modules_need_msgspec_and_the_standard_library() -> None:
    packages = {name.partition(".")[0] for name in loaded(LOAD)} - sys.stdlib_module_names

    assert packages == {"coattail_common", "coattail_detectors", "msgspec", "typing_extensions"}


def test_the_modules_import_no_slow_part_of_the_standard_library() -> None:
    """Each takes as long as all of our modules together, or is needed by few of those who load them."""
    assert not loaded(LOAD) & {"statistics", "fractions", "hashlib", "csv", "email.parser", "dataclasses", "asyncio"}


def test_the_modules_import_little_of_what_services_share() -> None:
    ours = {name for name in loaded(LOAD) if name.partition(".")[0] == "coattail_common"}

    assert len(ours) <= MOST_OF_COMMON, sorted(ours)


def test_a_tier_file_needs_a_parser_of_yaml_in_c_and_nothing_more() -> None:
    more = loaded(LOAD_TIER, str(SMALL)) - loaded(LOAD)

    assert "yaml._yaml" in more
    assert {name.partition(".")[0] for name in more if "cython" not in name} == {"base64", "yaml"}
