"""Worker sizes: those that EMR Serverless has, and what they take of an application's maximum."""

import msgspec
import pytest

from coattail_detectors.kernel.workers import Capacity, Worker, Workers, is_of_workers

SMALL = Workers(
    driver=Worker(vcpu=2, heap_gb=5, overhead_gb=2),
    executor=Worker(vcpu=1, heap_gb=2, overhead_gb=1, disk_gb=30),
    executors=2,
)


@pytest.mark.parametrize(
    ("vcpu", "heap", "overhead", "memory"),
    [
        # vCPU, GB of the heap, of the overhead → GB of the worker
        (1, 1, 1, 3),  # 1 + 1 + 0.375
        (1, 5, 2, 8),
        (1, 6, 1, 8),  # 6 + 1 + 0.6
        (2, 2, 2, 5),
        (2, 5, 2, 8),  # 5 + 2 + 0.5
        (2, 12, 2, 16),
        (4, 10, 1, 12),  # 10 + 1 + 1: to the brim
        (4, 25, 2, 30),
        (8, 14, 2, 20),  # 17.4, in steps of 4
        (8, 50, 5, 60),
        (16, 32, 3, 40),  # 38.2, in steps of 8
        (16, 100, 10, 120),
    ],
)
def test_worker_takes_next_size(vcpu: int, heap: int, overhead: int, memory: int) -> None:
    """A worker takes the next size that EMR Serverless has for its vCPU."""
    assert Worker(vcpu=vcpu, heap_gb=heap, overhead_gb=overhead).memory_gb == memory


@pytest.mark.parametrize(
    ("sizes", "says"),
    [
        ({"vcpu": 3, "heap_gb": 5, "overhead_gb": 2}, r"vcpu is 3, .* one of 1, 2, 4, 8, 16"),
        (
            {"vcpu": 1, "heap_gb": 7, "overhead_gb": 1},
            r"heap_gb 7 and overhead_gb 1 .* 8\.70 GB .* 1 vCPU has 2 to 8 GB",
        ),
        ({"vcpu": 4, "heap_gb": 5, "overhead_gb": 2}, r"7\.50 GB .* 4 vCPU has 8 to 30 GB"),
        ({"vcpu": 16, "heap_gb": 110, "overhead_gb": 2}, r"123\.00 GB .* 16 vCPU has 32 to 120 GB"),
        ({"vcpu": 2, "heap_gb": 0, "overhead_gb": 4}, r">= 1.*heap_gb"),
        ({"vcpu": 2, "heap_gb": 4, "overhead_gb": 0}, r">= 1.*overhead_gb"),
        ({"vcpu": 2, "heap_gb": 5, "overhead_gb": 2, "disk_gb": 19}, r">= 20.*disk_gb"),
        ({"vcpu": 2, "heap_gb": 5, "overhead_gb": 2, "disk_gb": 201}, r"<= 200.*disk_gb"),
        ({"vcpu": 2, "heap_gb": 5}, "missing.*overhead_gb"),
        ({"vcpu": 2, "heap_gb": 5, "overhead_gb": 2, "memory_gb": 8}, "unknown field `memory_gb`"),
    ],
)
def test_worker_refuses_size(sizes: dict[str, int], says: str) -> None:
    """A size that EMR Serverless does not have is named, with those that it has."""
    with pytest.raises(msgspec.ValidationError, match=says):
        msgspec.convert(sizes, Worker)


def test_workers_need_an_executor() -> None:
    """A driver alone runs no task."""
    sizes = {"vcpu": 2, "heap_gb": 5, "overhead_gb": 2}
    with pytest.raises(msgspec.ValidationError, match=r">= 1.*executors"):
        msgspec.convert({"driver": sizes, "executor": sizes, "executors": 0}, Workers)


def test_workers_take_sum() -> None:
    """The application's maximum has to hold the driver and every executor."""
    assert SMALL.capacity == Capacity(vcpu=2 + 2 * 1, memory_gb=8 + 2 * 4, disk_gb=20 + 2 * 30)


@pytest.mark.parametrize(
    ("maximum", "fits"),
    [
        (Capacity(4, 16, 80), True),
        (Capacity(3, 16, 80), False),
        (Capacity(4, 15, 80), False),
        (Capacity(4, 16, 79), False),
    ],
)
def test_capacity_fits_in_each_measure(maximum: Capacity, fits: bool) -> None:
    """One of vCPU, memory and disk that is short is enough for a worker to wait without end."""
    assert SMALL.capacity.fits(maximum) is fits


def test_workers_name_every_setting() -> None:
    """Whatever is left out, EMR Serverless fills with its own: 4 vCPU and 14 GB, three executors to begin with."""
    assert SMALL.confs() == {
        "spark.driver.cores": "2",
        "spark.driver.memory": "5g",
        "spark.driver.memoryOverhead": "2g",
        "spark.emr-serverless.driver.disk": "20g",
        "spark.executor.cores": "1",
        "spark.executor.memory": "2g",
        "spark.executor.memoryOverhead": "1g",
        "spark.emr-serverless.executor.disk": "30g",
        "spark.executor.instances": "2",
        "spark.dynamicAllocation.initialExecutors": "2",
        "spark.dynamicAllocation.minExecutors": "2",
        "spark.dynamicAllocation.maxExecutors": "2",
    }


@pytest.mark.parametrize(
    "name", [*SMALL.confs(), "spark.emr-serverless.memoryOverheadFactor", "spark.dynamicAllocation.enabled"]
)
def test_setting_of_workers_is_known(name: str) -> None:
    """Said a second time, such a setting would make the sizes that are checked those of nobody."""
    assert is_of_workers(name)


@pytest.mark.parametrize(
    "name", ["spark.sql.shuffle.partitions", "spark.memory.fraction", "spark.driver.maxResultSize"]
)
def test_other_setting_is_not_of_workers(name: str) -> None:
    """A tier may set it."""
    assert not is_of_workers(name)
