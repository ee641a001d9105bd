"""Where functions' code is unpacked: with the rest of this cloud's state, where LocalStack has one place for all of a machine."""

import os
from pathlib import Path

from localstack.services.lambda_.invocation.lambda_models import S3Code

from .environment import code_folder


def install() -> None:
    """Must be called before a function is made."""

    def location(code: S3Code) -> Path:
        # LocalStack removes the parent with the code.
        folder: Path = code_folder(os.environ) / code.id
        return folder / "code"

    S3Code.get_unzipped_code_location = location
