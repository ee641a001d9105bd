import stat
from pathlib import Path

import pytest

from local_cloud.errors import CloudError
from local_cloud.install import ensure_installed, find_uv, fingerprint
from local_cloud.layout import Layout

# In the place of uv: writes down how it was called, makes the environment's folder, or fails.
FAKE_UV = """#!/bin/sh
echo "$@" >> {calls}
if [ "$1" = venv ]; then
    mkdir -p "{venv}/bin"
    printf '#!/bin/sh\necho "OVERRIDE_IN_DOCKER=$OVERRIDE_IN_DOCKER FILESYSTEM_ROOT=$FILESYSTEM_ROOT" >> {calls}\n' > "{venv}/bin/python"
    chmod +x "{venv}/bin/python"
fi
echo "Resolved 1 package" >&2
echo " + package==1" >&2
exit {code}
"""


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    plugin = tmp_path / "bundle" / "plugin"
    plugin.mkdir(parents=True)
    (plugin / "pyproject.toml").write_text("[project]")
    (tmp_path / "bundle" / "localstack.lock").write_text("localstack-core==4.14.0")
    return Layout(tmp_path / "bundle", tmp_path / "repo", tmp_path / "state")


def fake_uv(layout: Layout, code: int = 0) -> Path:
    layout.root.mkdir(exist_ok=True)
    program = layout.root / "uv"
    program.write_text(FAKE_UV.format(calls=layout.root / "calls", venv=layout.venv, code=code))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


def test_it_installs_once_by_the_lock_s_hashes_and_then_never_again(layout: Layout) -> None:
    said: list[str] = []
    ensure_installed(layout, fake_uv(layout), said.append)
    ensure_installed(layout, fake_uv(layout), said.append)
    venv, packages, plugin, index = (layout.root / "calls").read_text().splitlines()
    assert venv.startswith("venv ")
    assert f"--require-hashes --requirements {layout.lock}" in packages
    assert f"--no-deps --editable {layout.plugin}" in plugin
    assert "--compile-bytecode" in packages
    assert f"OVERRIDE_IN_DOCKER=0 FILESYSTEM_ROOT={layout.index}" in index
    assert "installing LocalStack into .local/localstack/venv" in said[0]
    assert "Resolved 1 package" in said
    assert not any("package==1" in line for line in said)


@pytest.mark.parametrize("changed", ["localstack.lock", "plugin/pyproject.toml"])
def test_a_changed_lock_or_plugin_is_installed_again(layout: Layout, changed: str) -> None:
    ensure_installed(layout, fake_uv(layout), lambda _line: None)
    before = fingerprint(layout)
    (layout.bundle / changed).write_text("something else")
    assert fingerprint(layout) != before
    ensure_installed(layout, fake_uv(layout), lambda _line: None)
    assert len((layout.root / "calls").read_text().splitlines()) == 8


def test_an_installation_that_failed_is_not_taken_for_done(layout: Layout) -> None:
    with pytest.raises(CloudError, match=r"Python 3\.13.*uv python install 3\.13"):
        ensure_installed(layout, fake_uv(layout, code=1), lambda _line: None)
    ensure_installed(layout, fake_uv(layout), lambda _line: None)


def test_uv_is_the_given_one_or_the_repository_s(layout: Layout, tmp_path: Path) -> None:
    given = fake_uv(layout)
    assert find_uv(layout, given) == given
    own = layout.root / ".tools" / "bin" / "uv"
    own.parent.mkdir(parents=True)
    own.write_text("#!/bin/sh")
    own.chmod(0o755)
    assert find_uv(layout, tmp_path / "nowhere") == own
