"""The detectors need little: a test of one does not wait for Spark, and a command that lists the modules answers at once."""

import sys

from coattail_testing.imports import loaded

LOAD = "from coattail_detectors import ModuleRegistry\nModuleRegistry.load()"


def test_the_modules_need_msgspec_and_the_standard_library() -> None:
    packages = {name.partition(".")[0] for name in loaded(LOAD)} - sys.stdlib_module_names

    assert packages == {"coattail_common", "coattail_detectors", "msgspec", "typing_extensions"}


def test_the_modules_import_no_slow_part_of_the_standard_library() -> None:
    """Each takes as long as all of our modules together, or is needed by few of those who load them."""
    assert not loaded(LOAD) & {"statistics", "fractions", "hashlib", "csv", "email.parser", "dataclasses", "asyncio"}
