"""The detectors need little: a test of one does not wait for Spark, and a command that lists the modules answers at once."""

import subprocess
import sys

import msgspec

LOAD = """
import sys

before = set(sys.modules)
from coattail_detectors import ModuleRegistry

ModuleRegistry.load()
print("\\n".join(set(sys.modules) - before))
"""


def loaded() -> set[str]:
    """Return what the registry imports, in a process of its own: this one has imported most of it."""
    told = subprocess.run([sys.executable, "-c", LOAD], capture_output=True, text=True, check=True)
    return set(told.stdout.split())


def test_the_modules_need_msgspec_and_the_standard_library() -> None:
    packages = {name.partition(".")[0] for name in loaded()} - sys.stdlib_module_names

    assert packages == {"coattail_common", "coattail_detectors", msgspec.__name__, "typing_extensions"}


def test_the_modules_import_no_slow_part_of_the_standard_library() -> None:
    """Each takes as long as all of our modules together, or is needed by few of those who load them."""
    assert not loaded() & {"statistics", "fractions", "hashlib", "csv", "email.parser", "dataclasses", "asyncio"}
