"""The program of a handler's process: loads the handler once, then answers invocations until its pipe is closed.

It runs as a script, without site-packages and outside this package, so it may import only the standard library. The
pipes carry frames: a kind (one byte), a length (four bytes, big-endian), then the bytes. Invocations come in as `I`
(JSON). It sends `R` when the handler is loaded, `F` when loading failed, `S` for its answer, `E` for its error.
Shapes and names of errors: https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html
"""

import importlib
import json
import logging
import os
import struct
import sys
import time
import traceback
from collections.abc import Callable
from typing import IO, Any

_HEADER = struct.Struct(">cI")

# JSON values of any shape: what a handler takes and gives is the function's own business.
Handler = Callable[[Any, "Context"], Any]


class Context:
    """What a handler knows of its invocation.

    https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
    """

    def __init__(self, invocation: dict[str, Any]) -> None:
        environment = os.environ
        self.aws_request_id: str = invocation["request_id"]
        self.invoked_function_arn: str = invocation["function_arn"]
        self.function_name = environment["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = environment["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = environment["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = environment["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.identity = None
        self.client_context = None
        self._deadline: float = invocation["deadline"]

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self._deadline - time.time()) * 1000))


def main() -> None:
    incoming, outgoing = os.fdopen(int(sys.argv[1]), "rb"), os.fdopen(int(sys.argv[2]), "wb")
    # A child of the handler that kept the pipe open would hide the handler's death.
    for pipe in (incoming, outgoing):
        os.set_inheritable(pipe.fileno(), False)
    logging.basicConfig(stream=sys.stdout, format="[%(levelname)s]\t%(asctime)s\t%(message)s")
    try:
        handler = _load(os.environ["_HANDLER"])
    except Exception as error:
        traceback.print_exc()
        _send(outgoing, b"F", _encoded(_described(error)))
        return
    _send(outgoing, b"R", b"")
    while (frame := _receive(incoming)) is not None:
        _send(outgoing, *_answer(handler, json.loads(frame)))


def _load(name: str) -> Handler:
    module, _, function = name.rpartition(".")
    sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
    handler: Handler = getattr(importlib.import_module(module.replace("/", ".")), function)
    return handler


def _answer(handler: Handler, invocation: dict[str, Any]) -> tuple[bytes, bytes]:
    os.environ["_X_AMZN_TRACE_ID"] = invocation["trace_id"]
    try:
        result = handler(json.loads(invocation["event"] or "null"), Context(invocation))
    except Exception as error:
        traceback.print_exc()
        return b"E", _encoded(_described(error))
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    try:
        return b"S", _encoded(result)
    except (TypeError, ValueError) as error:
        return b"E", _encoded(
            {"errorMessage": f"Unable to marshal response: {error}", "errorType": "Runtime.MarshalError"}
        )


def _described(error: Exception) -> dict[str, Any]:
    frames = traceback.format_tb(error.__traceback__)
    return {"errorMessage": str(error), "errorType": type(error).__name__, "stackTrace": frames}


def _encoded(value: Any) -> bytes:
    return json.dumps(value).encode()


def _send(pipe: IO[bytes], kind: bytes, payload: bytes) -> None:
    pipe.write(_HEADER.pack(kind, len(payload)) + payload)
    pipe.flush()


def _receive(pipe: IO[bytes]) -> bytes | None:
    """The next frame; None at the end."""
    header = pipe.read(_HEADER.size)
    if len(header) < _HEADER.size:
        return None
    _, length = _HEADER.unpack(header)
    return pipe.read(length)


if __name__ == "__main__":
    main()
