"""The jars of Spark: what the lock no longer names does not stay on Spark's path."""

import hashlib
from pathlib import Path

import pytest

from local_cloud import spark_jars
from local_cloud.spark_jars import Jar, JarError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(spark_jars, "IVY", tmp_path)
    (tmp_path / "jars").mkdir()
    return tmp_path / "jars"


def jar(version: str, content: bytes) -> Jar:
    locked = Jar(f"org.apache.iceberg:iceberg-aws-bundle:{version}", hashlib.sha256(content).hexdigest())
    locked.path.write_bytes(content)
    return locked


def test_jars_of_an_earlier_lock_are_removed(folder: Path) -> None:
    """Two versions of Iceberg on one path: Spark would take classes of both."""
    earlier, present = jar("1.10.1", b"earlier"), jar("1.11.0", b"present")

    spark_jars.remove_others([present])

    assert (earlier.path.exists(), sorted(folder.iterdir())) == (False, [present.path])


@pytest.mark.usefixtures("folder")
def test_a_jar_with_another_hash_is_refused_by_name() -> None:
    changed = jar("1.11.0", b"present")
    changed.path.write_bytes(b"changed")

    with pytest.raises(JarError, match=r"iceberg-aws-bundle-1\.11\.0\.jar: SHA-256 is .*, but spark-jars.lock says"):
        spark_jars.verify([changed])
