"""The applications of the EMR Serverless API: declared and kept. Their capacity limits are not enforced."""

import secrets
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from localstack.aws.api import RequestContext

from localstack_host_plugin.operations import Operation, Request, Response

from .refusals import invalid, not_found

# What GetApplication repeats of CreateApplication and UpdateApplication.
_DECLARED = frozenset(
    {
        "architecture",
        "autoStartConfiguration",
        "autoStopConfiguration",
        "imageConfiguration",
        "initialCapacity",
        "interactiveConfiguration",
        "maximumCapacity",
        "monitoringConfiguration",
        "networkConfiguration",
        "releaseLabel",
        "runtimeConfiguration",
        "schedulerConfiguration",
        "workerTypeSpecifications",
    }
)
_CHANGEABLE_IN = frozenset({"CREATED", "STOPPED"})


@dataclass(slots=True)
class Application:
    """`declared` holds the wire's own structures, which nothing here looks into."""

    application_id: str
    arn: str
    name: str
    declared: dict[str, Any]
    tags: dict[str, str]
    state: str = "CREATED"
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    updated_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def described(self) -> dict[str, Any]:
        return self.declared | {
            "applicationId": self.application_id,
            "name": self.name,
            "arn": self.arn,
            "type": "Spark",
            "state": self.state,
            "stateDetails": "",
            "createdAt": self.created_at,
            "updatedAt": self.updated_at,
            "tags": self.tags,
        }

    def summary(self) -> dict[str, Any]:
        described = self.described()
        shown = ("name", "arn", "releaseLabel", "type", "state", "stateDetails", "createdAt", "updatedAt")
        return {name: described[name] for name in shown} | {"id": self.application_id}


class Applications:
    """The applications of every account and region since LocalStack came up."""

    def __init__(self) -> None:
        self._applications: dict[tuple[str, str, str], Application] = {}
        self._by_token: dict[str, Application] = {}
        self._lock = threading.RLock()

    def table(self) -> dict[str, Operation]:
        return {
            "CreateApplication": self.create,
            "GetApplication": self.get,
            "ListApplications": self.list,
            "UpdateApplication": self.update,
            "DeleteApplication": self.delete,
            "StartApplication": self.start,
            "StopApplication": self.stop,
            "TagResource": self.tag,
            "UntagResource": self.untag,
            "ListTagsForResource": self.list_tags,
        }

    def find(self, context: RequestContext, request: Request) -> Application:
        """The application of the request's `applicationId`. Raises the API's ResourceNotFoundException."""
        application_id = request["applicationId"]
        application = self._applications.get((context.account_id, context.region, application_id))
        if application is None:
            raise not_found(f"Application {application_id} does not exist")
        return application

    def create(self, context: RequestContext, request: Request) -> Response:
        if request["type"].upper() != "SPARK":
            raise invalid(f"Application type {request['type']}: only SPARK is served here")
        with self._lock:
            token = request.get("clientToken", "")
            application = self._by_token.get(token) or self._make(context, request)
            self._by_token[token or application.application_id] = application
        return {"applicationId": application.application_id, "name": application.name, "arn": application.arn}

    def get(self, context: RequestContext, request: Request) -> Response:
        return {"application": self.find(context, request).described()}

    def list(self, context: RequestContext, request: Request) -> Response:
        states = request.get("states")
        own = [
            application
            for (account_id, region, _), application in list(self._applications.items())
            if (account_id, region) == (context.account_id, context.region)
        ]
        return {"applications": [each.summary() for each in own if not states or each.state in states]}

    def update(self, context: RequestContext, request: Request) -> Response:
        application = self.find(context, request)
        self._require_changeable(application)
        application.declared |= {name: value for name, value in request.items() if name in _DECLARED}
        application.updated_at = datetime.now(UTC)
        return {"application": application.described()}

    def delete(self, context: RequestContext, request: Request) -> Response:
        application = self.find(context, request)
        self._require_changeable(application)
        application.state = "TERMINATED"
        return {}

    def start(self, context: RequestContext, request: Request) -> Response:
        self.find(context, request).state = "STARTED"
        return {}

    def stop(self, context: RequestContext, request: Request) -> Response:
        self.find(context, request).state = "STOPPED"
        return {}

    def tag(self, context: RequestContext, request: Request) -> Response:
        self._by_arn(context, request).tags.update(request["tags"])
        return {}

    def untag(self, context: RequestContext, request: Request) -> Response:
        tags = self._by_arn(context, request).tags
        for key in request["tagKeys"]:
            tags.pop(key, None)
        return {}

    def list_tags(self, context: RequestContext, request: Request) -> Response:
        return {"tags": dict(self._by_arn(context, request).tags)}

    def _make(self, context: RequestContext, request: Request) -> Application:
        # As the service's own ids look: 16 characters, the first two zeros.
        application_id = f"00{secrets.token_hex(7)}"
        arn = f"arn:aws:emr-serverless:{context.region}:{context.account_id}:/applications/{application_id}"
        declared = {name: value for name, value in request.items() if name in _DECLARED}
        application = Application(
            application_id, arn, request.get("name", ""), declared, dict(request.get("tags") or {})
        )
        self._applications[(context.account_id, context.region, application_id)] = application
        return application

    def _by_arn(self, context: RequestContext, request: Request) -> Application:
        application_id = request["resourceArn"].partition("/applications/")[2].partition("/")[0]
        return self.find(context, {"applicationId": application_id})

    def _require_changeable(self, application: Application) -> None:
        if application.state not in _CHANGEABLE_IN:
            states = " or ".join(sorted(_CHANGEABLE_IN))
            raise invalid(f"Application {application.application_id} is {application.state}: it must be {states}")
