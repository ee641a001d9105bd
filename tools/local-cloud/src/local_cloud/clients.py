"""boto3 clients for the local endpoint, each made once, by LocalStack's own client library."""

import threading
from typing import Any, Final
from urllib.parse import urlsplit

from .settings import REGION

# LocalStack asks for no secret: any credentials of this shape are account 000000000000.
_CREDENTIALS: Final = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
# localstack-client makes clients from boto3's one default session, which is not safe in several threads.
_MAKING: Final = threading.Lock()


class Clients:
    """Clients of `endpoint`, an address like http://127.0.0.1:4566."""

    def __init__(self, endpoint: str, region: str = REGION) -> None:
        # Not before there is something to call: `--help`, `status` and `down` need no boto3, which takes as long as all the rest.
        from botocore.config import Config  # noqa: PLC0415
        from localstack_client.session import Session  # noqa: PLC0415

        self.endpoint = endpoint
        self.region = region
        # Nothing on one machine is worth waiting a minute for, and a refused call should be seen at once.
        self._config = Config(connect_timeout=3, read_timeout=60, retries={"total_max_attempts": 2, "mode": "standard"})
        self._session = Session(**_CREDENTIALS, region_name=region, localstack_host=urlsplit(endpoint).netloc)
        # The library prefers AWS_ENDPOINT_URL and USE_SSL of the environment, which may mean another cloud, or AWS itself.
        self._session._service_endpoint_mapping = dict.fromkeys(self._session._service_endpoint_mapping, endpoint)
        self._made: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        """The client of an AWS service, by boto3's name for it."""
        with _MAKING:
            if service not in self._made:
                self._made[service] = self._session.client(service, config=self._config)
            return self._made[service]
