"""One LocalStack for the tests that put a service on a real server of its protocol."""

import os
from collections.abc import Iterator

import pytest

from local_cloud.testing import TestCloud, running_cloud


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestCloud]:
    with running_cloud(tmp_path_factory.mktemp("cloud"), os.environ) as cloud, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", cloud.record.endpoint)
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        yield cloud
