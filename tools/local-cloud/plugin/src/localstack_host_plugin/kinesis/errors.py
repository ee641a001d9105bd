"""The errors of the Kinesis API that this emulation raises, by their names on the wire."""


class KinesisError(Exception):
    """A refused call. `code` is the API's error name, `str(error)` its message."""

    code = "InternalFailureException"


class ResourceNotFoundError(KinesisError):
    code = "ResourceNotFoundException"


class ResourceInUseError(KinesisError):
    code = "ResourceInUseException"


class InvalidArgumentError(KinesisError):
    code = "InvalidArgumentException"


class ValidationError(KinesisError):
    code = "ValidationException"


class ExpiredIteratorError(KinesisError):
    code = "ExpiredIteratorException"
