"""boto3 clients for the local endpoint, each made once."""

import threading
from typing import Any

from .settings import REGION

# LocalStack asks for no secret: any credentials of this shape are account 000000000000.
_CREDENTIALS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}


class Clients:
    """Clients of `endpoint`."""

    def __init__(self, endpoint: str, region: str = REGION) -> None:
        # Not before there is something to call: `--help`, `status` and `down` need no boto3, which takes as long as all the rest.
        import boto3  # noqa: PLC0415
        from botocore.config import Config  # noqa: PLC0415

        self.endpoint = endpoint
        # Nothing on one machine is worth waiting a minute for, and a refused call should be seen at once.
        self._config = Config(connect_timeout=3, read_timeout=60, retries={"total_max_attempts": 2, "mode": "standard"})
        self.region = region
        self._session = boto3.Session(**_CREDENTIALS, region_name=region)
        self._made: dict[str, Any] = {}
        self._lock = threading.Lock()

    def client(self, service: str) -> Any:
        """The client of an AWS service, by boto3's name for it."""
        # boto3 sessions are not safe to make clients from in several threads.
        with self._lock:
            if service not in self._made:
                self._made[service] = self._session.client(service, endpoint_url=self.endpoint, config=self._config)
            return self._made[service]
