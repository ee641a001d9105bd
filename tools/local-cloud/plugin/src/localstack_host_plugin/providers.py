"""The services this plugin gives to LocalStack, one function each, by the names in pyproject.toml."""

from collections.abc import Callable

from localstack.services.plugins import Service, aws_provider

from . import glue as glue_locking
from .emr.applications import Applications
from .emr.job_runs import JobRuns
from .kinesis.operations import Kinesis
from .moto_services import moto_table
from .operations import service_of

Factory = Callable[[], Service]

# Here and not inside a service, which LocalStack makes when it is first called: the hook that ends the jobs needs them.
applications = Applications()
job_runs = JobRuns(applications)


def _serves(api: str, name: str = "default") -> Callable[[Factory], Factory]:
    decorator: Callable[[Factory], Factory] = aws_provider(api=api, name=name)
    return decorator


@_serves("kinesis", "host")
def kinesis() -> Service:
    """Chosen by PROVIDER_OVERRIDE_KINESIS=host over LocalStack's own, which is another process and much slower."""
    return service_of("kinesis", Kinesis().table())


@_serves("emr-serverless")
def emr_serverless() -> Service:
    return service_of("emr-serverless", applications.table() | job_runs.table())


@_serves("glue")
def glue() -> Service:
    glue_locking.install()
    return service_of("glue", moto_table("glue"))


@_serves("lakeformation")
def lakeformation() -> Service:
    return service_of("lakeformation", moto_table("lakeformation"))


@_serves("ecs")
def ecs() -> Service:
    return service_of("ecs", moto_table("ecs"))


@_serves("ecr")
def ecr() -> Service:
    return service_of("ecr", moto_table("ecr"))
