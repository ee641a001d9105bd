"""What tests of several packages share: how hypothesis tries things, and the recordings where they are at hand."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.left_over"]

# How long an example takes says nothing on a machine that is busy, and fails no test.
settings.register_profile(
    "unhurried",
    parent=settings.get_profile(settings.get_current_profile_name()),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def recordings() -> Path:
    """The folder of recordings beside the repository, or the one `COATTAIL_SHARED` names."""
    folder = Path(os.environ.get("COATTAIL_SHARED", Path(__file__).resolve().parents[1] / "shared")) / "data"
    if not folder.is_dir():
        pytest.skip(f"no recordings at {folder}; set COATTAIL_SHARED to the folder that holds data/")
    return folder
