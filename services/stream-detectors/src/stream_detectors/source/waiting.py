"""Which failures of a call to AWS may pass, and are waited out."""

from typing import Final

from botocore.exceptions import (
    ClientError,
    CredentialRetrievalError,
    HTTPClientError,
)
from botocore.exceptions import (
    ConnectionError as AwsConnectionError,
)

_NEVER_PASS: Final = frozenset(
    {
        "AccessDeniedException",
        "InvalidArgumentException",
        "KMSAccessDeniedException",
        "KMSDisabledException",
        "KMSInvalidStateException",
        "KMSNotFoundException",
        "KMSOptInRequired",
        "ResourceNotFoundException",
        "UnrecognizedClientException",
        "ValidationException",
    }
)
"""What Kinesis answers when something has to be mended first: permissions, the key, the stream, the call."""
_PASSES_OTHERWISE: Final = frozenset({"ExpiredIteratorException"})
"""Asking the same again does not help; another iterator does."""


def may_pass(error: BaseException) -> bool:
    """Whether the same call may succeed later: a connection that broke, a service that fails or throttles, in whatever words."""
    if isinstance(error, ClientError):
        return error.response["Error"]["Code"] not in _NEVER_PASS | _PASSES_OTHERWISE
    return isinstance(error, AwsConnectionError | CredentialRetrievalError | HTTPClientError | OSError)
