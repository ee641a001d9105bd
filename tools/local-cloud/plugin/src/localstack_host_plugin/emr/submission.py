"""What a StartJobRun asks to be run, and the `spark-submit` command that runs it here."""

import itertools
import re
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

_FILE_OPTIONS = frozenset({"--py-files", "--files", "--jars", "--archives"})
_FILE_CONFS = frozenset({"spark.submit.pyFiles", "spark.files", "spark.jars", "spark.archives"})
_DRIVER_ENVIRONMENT = "spark.emr-serverless.driverEnv."
# What a job asks of EMR Serverless's workers. Here is one process on a machine that the job knows nothing of.
_WORKERS = re.compile(
    r"spark\.(driver|executor)\.(cores|memory|memoryOverhead|memoryOverheadFactor)|spark\.executor\.instances"
    r"|spark\.dynamicAllocation\..+|spark\.emr-serverless\.(memoryOverheadFactor|(driver|executor)\.disk(\.type)?)"
)
_S3 = re.compile(r"^s3[an]?://")

# From an s3:// address to the file it was downloaded to.
Fetch = Callable[[str], Path]


class InvalidJobError(Exception):
    """The job driver or its configuration cannot be run; the message says which part and why."""


@dataclass(frozen=True, slots=True)
class Submission:
    """`confs`, of the application configuration, come before `parameters` and yield to them, as on EMR Serverless.

    Neither has the sizes of workers: the memory of the driver is what this machine's properties file says.
    """

    entry_point: str
    arguments: tuple[str, ...]
    parameters: tuple[str, ...]
    confs: tuple[tuple[str, str], ...]
    environment: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Spark:
    """What this machine runs jobs with. `defaults` is a properties file with what EMR's own image would bring."""

    submit: Path
    master: str
    defaults: Path | None


def read(
    job_driver: Mapping[str, Any], overrides: Mapping[str, Any], runtime: Sequence[Mapping[str, Any]] = ()
) -> Submission:
    """The submission in `jobDriver` and `configurationOverrides` of a StartJobRun.

    `runtime` is the application's own `runtimeConfiguration`, which yields to the run's. Raises `InvalidJobError`.
    """
    spark_submit = job_driver.get("sparkSubmit")
    if not spark_submit:
        raise InvalidJobError(f"jobDriver has {sorted(job_driver)}: only sparkSubmit is run here")
    try:
        parameters = _pairs(shlex.split(spark_submit.get("sparkSubmitParameters") or ""))
    except ValueError as error:
        raise InvalidJobError(
            f"jobDriver.sparkSubmit.sparkSubmitParameters cannot be split into words: {error}"
        ) from error
    confs = (*_spark_defaults(runtime), *_spark_defaults(overrides.get("applicationConfiguration") or ()))
    given = [
        *confs,
        *(tuple(value.split("=", 1)) for option, value in parameters if option == "--conf" and "=" in value),
    ]
    environment = {name.removeprefix(_DRIVER_ENVIRONMENT): value for name, value in given if _is_environment(name)}
    return Submission(
        entry_point=spark_submit["entryPoint"],
        arguments=tuple(spark_submit.get("entryPointArguments") or ()),
        parameters=tuple(
            word
            for option, value in parameters
            if not (option == "--conf" and _is_for_workers(value))
            for word in ((option, value) if value else (option,))
        ),
        confs=tuple((name, value) for name, value in confs if not _is_for_workers(name)),
        environment=tuple(sorted(environment.items())),
    )


def localised(submission: Submission, fetch: Fetch) -> Submission:
    """The same submission with every s3:// file replaced by a local one."""
    parameters = list(submission.parameters)
    for index, (option, value) in enumerate(itertools.pairwise(parameters)):
        if option in _FILE_OPTIONS:
            parameters[index + 1] = _local_list(value, fetch)
        elif option == "--conf":
            name, _, files = value.partition("=")
            if name in _FILE_CONFS:
                parameters[index + 1] = f"{name}={_local_list(files, fetch)}"
    return replace(
        submission,
        entry_point=_local(submission.entry_point, fetch),
        parameters=tuple(parameters),
        confs=tuple(
            (name, _local_list(value, fetch) if name in _FILE_CONFS else value) for name, value in submission.confs
        ),
    )


def command(submission: Submission, spark: Spark) -> list[str]:
    """The words of the `spark-submit` call."""
    words = [str(spark.submit), "--master", spark.master]
    if spark.defaults:
        words += ["--properties-file", str(spark.defaults)]
    for name, value in submission.confs:
        words += ["--conf", f"{name}={value}"]
    return [*words, *submission.parameters, submission.entry_point, *submission.arguments]


def _spark_defaults(configuration: Sequence[Mapping[str, Any]]) -> Iterable[tuple[str, str]]:
    for classification in configuration:
        name = classification.get("classification")
        if name == "spark-defaults":
            yield from (classification.get("properties") or {}).items()
        else:
            raise InvalidJobError(f"classification {name!r} is not known here: spark-defaults is the only one")


def _pairs(words: list[str]) -> list[tuple[str, str]]:
    """Options with their values: `--conf=a=b` and `--conf a=b` alike. A flag without a value has an empty one."""
    pairs: list[tuple[str, str]] = []
    rest = iter(words)
    for word in rest:
        if not word.startswith("-"):
            raise InvalidJobError(f"sparkSubmitParameters has {word!r} where an option was expected")
        option, equals, value = word.partition("=")
        option = "--conf" if option == "-c" else option
        if equals:
            pairs.append((option, value))
        elif option in {"--verbose", "--supervise"}:
            pairs.append((option, ""))
        else:
            value = next(rest, "")
            if not value:
                raise InvalidJobError(f"sparkSubmitParameters ends after {option}, which needs a value")
            pairs.append((option, value))
    return pairs


def _is_environment(conf: str) -> bool:
    return conf.startswith(_DRIVER_ENVIRONMENT)


def _is_for_workers(conf: str) -> bool:
    """Whether the setting is no word of the command: it says how large workers are, or what their environment is."""
    return _is_environment(conf) or _WORKERS.fullmatch(conf.partition("=")[0]) is not None


def _local_list(files: str, fetch: Fetch) -> str:
    return ",".join(_local(file.strip(), fetch) for file in files.split(","))


def _local(file: str, fetch: Fetch) -> str:
    if _S3.match(file):
        # The fragment names what an archive is unpacked as, and is Spark's business.
        address, hash_sign, fragment = file.partition("#")
        return f"{fetch(address)}{hash_sign}{fragment}"
    return file.removeprefix("local://") if file.startswith("local://") else file
