"""Lambda packages: what is in them, when they are made again, and what is refused."""

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from local_cloud.errors import CloudError
from local_cloud.install import find_uv
from local_cloud.layout import find_layout
from local_cloud.packages import PackageError, Platform, build
from local_cloud.packages.build import MAX_UNPACKED_BYTES

PROJECT = """
[project]
name = "{name}"
version = "1.2.3"

[tool.uv.sources]
{sources}
"""


@pytest.fixture
def uv() -> Path:
    """The repository's, or the machine's."""
    try:
        return find_uv(find_layout(), None)
    except CloudError:
        pytest.skip("there is no uv")


@pytest.fixture
def service(tmp_path: Path) -> Path:
    """A service without dependencies but for a library beside it."""
    library, service = tmp_path / "libs" / "common", tmp_path / "services" / "example-lambda"
    for folder, module, sources in (
        (library, "common", ""),
        (service, "example_lambda", 'example-common = { path = "../../libs/common", editable = true }'),
    ):
        (folder / "src" / module / "__pycache__").mkdir(parents=True)
        (folder / "src" / module / "__init__.py").write_text("")
        (folder / "src" / module / "py.typed").touch()
        (folder / "src" / module / "__pycache__" / "__init__.cpython-313.pyc").touch()
        name = f"example-{folder.name.removeprefix('example-')}"
        (folder / "pyproject.toml").write_text(PROJECT.format(name=name, sources=sources))
    (service / "requirements.lock").write_text("")
    return service


@pytest.fixture
def package(service: Path, tmp_path: Path, uv: Path) -> Callable[[], Path]:
    return lambda: build(service, Platform.HOST, tmp_path / "cache", uv, lambda _line: None)


def test_a_package_has_the_service_its_library_and_their_versions(package: Callable[[], Path]) -> None:
    with zipfile.ZipFile(package()) as file:
        assert sorted(file.namelist()) == [
            "common/__init__.py",
            "common/py.typed",
            "example_common-1.2.3.dist-info/METADATA",
            "example_lambda-1.2.3.dist-info/METADATA",
            "example_lambda/__init__.py",
            "example_lambda/py.typed",
        ]
        assert file.read("example_common-1.2.3.dist-info/METADATA").endswith(b"Name: example-common\nVersion: 1.2.3\n")


def test_the_same_content_is_the_same_package_and_another_is_another(
    package: Callable[[], Path], service: Path, tmp_path: Path
) -> None:
    first = package()
    content = first.read_bytes()
    assert package() == first
    shutil.rmtree(tmp_path / "cache")
    assert package().read_bytes() == content
    (service.parents[1] / "libs" / "common" / "src" / "common" / "__init__.py").write_text("changed = True")
    assert package() != first


def test_what_lambda_would_not_take_is_refused(package: Callable[[], Path], service: Path, tmp_path: Path) -> None:
    with (service / "src" / "example_lambda" / "large.bin").open("wb") as file:
        file.truncate(MAX_UNPACKED_BYTES)
    with pytest.raises(PackageError, match=r"example-lambda has \d+ bytes unpacked.*container image"):
        package()
    assert not list((tmp_path / "cache").glob("*.part"))


def test_a_service_without_a_lock_is_named(package: Callable[[], Path], service: Path) -> None:
    (service / "requirements.lock").unlink()
    with pytest.raises(PackageError, match=r"example-lambda has no requirements\.lock"):
        package()
