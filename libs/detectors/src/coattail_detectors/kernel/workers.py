"""The workers of a job run on EMR Serverless: how large driver and executors are, and the Spark settings that ask for them.

Source: EMR Serverless user guide, "Understanding application behavior" (sizes, maximum capacity, overhead) and "Using Spark
configurations when you run EMR Serverless jobs" (names and defaults of the settings).
"""

import math
import re
from typing import Annotated, Final

import msgspec

_GB: Final = 1024
"""In MB."""
_ADDED_PART: Final = 10
_ADDED_LEAST: Final = 384
"""EMR Serverless adds a tenth of the heap to a worker, at least so many MB. AWS does not say whether the overhead that a job states
takes its place or comes on top; a worker's size here has room for both."""

_SETTINGS: Final = re.compile(
    r"spark\.((driver|executor)\.(cores|memory|memoryOverhead|memoryOverheadFactor)|executor\.instances|dynamicAllocation\..+"
    r"|emr-serverless\.(memoryOverheadFactor|(driver|executor)\.disk))"
)

type Count = Annotated[int, msgspec.Meta(ge=1)]


class _Size(msgspec.Struct, frozen=True):
    """The memory that a worker may have, in GB."""

    least: int
    most: int
    step: int


_SIZES: Final = {1: _Size(2, 8, 1), 2: _Size(4, 16, 1), 4: _Size(8, 30, 1), 8: _Size(16, 60, 4), 16: _Size(32, 120, 8)}
"""By vCPU."""


class Capacity(msgspec.Struct, frozen=True):
    """What workers take of an application's maximum."""

    vcpu: int
    memory_gb: int
    disk_gb: int

    def fits(self, maximum: "Capacity") -> bool:
        """Whether the maximum has room for it."""
        return self.vcpu <= maximum.vcpu and self.memory_gb <= maximum.memory_gb and self.disk_gb <= maximum.disk_gb


class Worker(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A driver or an executor. `heap_gb` is the JVM's; `overhead_gb` is for all that is not: Python, Arrow, the JVM's own.

    Raises `ValueError` for a size that EMR Serverless does not have.
    """

    vcpu: int
    heap_gb: Count
    overhead_gb: Count
    disk_gb: Annotated[int, msgspec.Meta(ge=20, le=200)] = 20

    def __post_init__(self) -> None:
        if self.vcpu not in _SIZES:
            known = ", ".join(map(str, _SIZES))
            raise ValueError(f"vcpu is {self.vcpu}, and a worker of EMR Serverless has one of {known}")
        size = _SIZES[self.vcpu]
        if not size.least <= self._asked_mb / _GB <= size.most:
            raise ValueError(
                f"heap_gb {self.heap_gb} and overhead_gb {self.overhead_gb} make a worker of {self._asked_mb / _GB:.2f} GB with the "
                f"tenth of the heap that EMR Serverless adds; one of {self.vcpu} vCPU has {size.least} to {size.most} GB"
            )

    @property
    def memory_gb(self) -> int:
        """The memory of the worker: the next size that EMR Serverless has."""
        size = _SIZES[self.vcpu]
        steps = math.ceil((self._asked_mb / _GB - size.least) / size.step)
        return size.least + steps * size.step

    @property
    def _asked_mb(self) -> int:
        added = max(math.ceil(self.heap_gb * _GB / _ADDED_PART), _ADDED_LEAST)
        return (self.heap_gb + self.overhead_gb) * _GB + added


class Workers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The driver, and a fixed number of executors that are all alike: a stream has work for them all the time."""

    driver: Worker
    executor: Worker
    executors: Count

    @property
    def capacity(self) -> Capacity:
        """What they take of the application's maximum, all together."""
        return Capacity(
            self.driver.vcpu + self.executors * self.executor.vcpu,
            self.driver.memory_gb + self.executors * self.executor.memory_gb,
            self.driver.disk_gb + self.executors * self.executor.disk_gb,
        )

    def confs(self) -> dict[str, str]:
        """Return the Spark settings, by name.

        Every setting that EMR Serverless reads has the same number of executors. Its default is three, and executors beyond the
        application's maximum wait without end.
        """
        number = str(self.executors)
        return {
            **_confs("driver", self.driver),
            **_confs("executor", self.executor),
            "spark.executor.instances": number,
            "spark.dynamicAllocation.initialExecutors": number,
            "spark.dynamicAllocation.minExecutors": number,
            "spark.dynamicAllocation.maxExecutors": number,
        }


def is_of_workers(name: str) -> bool:
    """Whether the Spark setting of this name decides how large workers are, or how many there are."""
    return _SETTINGS.fullmatch(name) is not None


def _confs(role: str, worker: Worker) -> dict[str, str]:
    return {
        f"spark.{role}.cores": str(worker.vcpu),
        f"spark.{role}.memory": f"{worker.heap_gb}g",
        f"spark.{role}.memoryOverhead": f"{worker.overhead_gb}g",
        f"spark.emr-serverless.{role}.disk": f"{worker.disk_gb}g",
    }
