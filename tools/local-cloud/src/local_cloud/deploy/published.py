"""Puts a function's code where its plan says it lies, as a release does on AWS before the stack is applied."""

import base64
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from local_cloud.clients import Clients

from .outcome import found
from .values import Values

# From a service's name to its zip.
Packages = Callable[[str], Path]

# S3 keeps it beside the object, in Lambda's own notation for a package's hash.
HASH = "code-sha256"


def publish(clients: Clients, values: Values, packages: Packages) -> bool:
    """Uploads the package of an aws_lambda_function whose `s3_key` is `<service>/<version>.zip`.

    False where the bucket has it already. Raises `CloudError` when the package cannot be built.
    """
    bucket, key = values.text("s3_bucket"), values.text("s3_key")
    package = packages(key.partition("/")[0]).read_bytes()
    digest = base64.b64encode(hashlib.sha256(package).digest()).decode()
    s3 = clients.client("s3")
    if hash_of(s3, bucket, key) == digest:
        return False
    s3.put_object(Bucket=bucket, Key=key, Body=package, Metadata={HASH: digest})
    return True


def hash_of(s3: Any, bucket: str, key: str) -> str | None:
    """The published package's hash; None where there is no package, or one that was put there otherwise."""
    head = found(lambda: s3.head_object(Bucket=bucket, Key=key), {"404", "NoSuchKey", "NoSuchBucket"})
    return head["Metadata"].get(HASH) if head else None
