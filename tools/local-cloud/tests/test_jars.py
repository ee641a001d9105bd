"""The jars: what a lock no longer names does not stay on the path, and what it names is what it says."""

import hashlib
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from local_cloud.jars import Jar, JarError, JarSet, ivy_module, kafka_jars, spark_jars
from local_cloud.layout import find_layout

COORDINATES = "org.apache.iceberg:iceberg-aws-bundle:{}"


def jars(folder: Path, version: str, content: bytes) -> JarSet:
    """A lock that names one jar, and the jar."""
    lock = folder / "some-jars.lock"
    coordinates = COORDINATES.format(version)
    lock.write_text(f"# a comment\n{coordinates} {hashlib.sha256(content).hexdigest()}\n")
    made = JarSet("some jars", lock, folder / "jars")
    made.folder.mkdir(exist_ok=True)
    made.path(made.locked[0]).write_bytes(content)
    return made


def test_jars_of_an_earlier_lock_are_removed(tmp_path: Path) -> None:
    """Two versions of Iceberg on one path: Spark would take classes of both."""
    earlier = jars(tmp_path, "1.10.1", b"earlier")
    old = earlier.path(earlier.locked[0])
    present = jars(tmp_path, "1.11.0", b"present")

    present.remove_others()

    assert (old.exists(), sorted(present.folder.iterdir())) == (False, [present.path(present.locked[0])])


def test_a_jar_with_another_hash_is_refused_by_name(tmp_path: Path) -> None:
    changed = jars(tmp_path, "1.11.0", b"present")
    changed.path(changed.locked[0]).write_bytes(b"changed")

    with pytest.raises(JarError, match=r"iceberg-aws-bundle-1\.11\.0\.jar: SHA-256 is .*, but some-jars.lock says"):
        changed.verify()


def test_a_jar_that_is_missing_is_named(tmp_path: Path) -> None:
    missing = jars(tmp_path, "1.11.0", b"present")
    missing.path(missing.locked[0]).unlink()

    assert not missing.complete()
    with pytest.raises(JarError, match=r"iceberg-aws-bundle:1\.11\.0 is not at "):
        missing.verify()


def test_ivy_is_asked_for_the_locked_jars_and_nothing_that_they_need() -> None:
    module = ET.fromstring(ivy_module([Jar(COORDINATES.format("1.11.0"), "00")]))  # noqa: S314  (our own)

    (dependency,) = module.iter("dependency")
    assert dependency.attrib == {
        "org": "org.apache.iceberg",
        "name": "iceberg-aws-bundle",
        "rev": "1.11.0",
        "transitive": "false",
        "conf": "default->master",
    }


def test_spark_reads_kafka_by_the_jars_of_its_own_version() -> None:
    """The connector's version must be Spark's; its token provider may be of another patch version (ADR 0038)."""
    import pyspark

    versions = {
        jar.coordinates.split(":")[1]: jar.coordinates.split(":")[2] for jar in spark_jars(find_layout()).locked
    }

    assert versions["spark-sql-kafka-0-10_2.13"] == pyspark.__version__
    assert versions["spark-token-provider-kafka-0-10_2.13"].rpartition(".")[0] == pyspark.__version__.rpartition(".")[0]


def test_a_broker_has_one_version_of_every_jar() -> None:
    names = [jar.coordinates.rpartition(":")[0] for jar in kafka_jars(find_layout()).locked]

    assert "org.apache.kafka:kafka_2.13" in names
    assert len(names) == len(set(names))
