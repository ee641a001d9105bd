"""Files by their URIs, in S3 or in a folder."""

from typing import Literal

from pyarrow import fs


def files_at(uri: str, region: str, endpoint: str | None) -> tuple[fs.FileSystem, str]:
    """Return the file system of a URI, and the path in it. `endpoint` stands in for AWS where it is given."""
    if not uri.startswith("s3://"):
        # file:///folder and file:/folder: Java writes either.
        return fs.LocalFileSystem(), uri.removeprefix("file:").removeprefix("//")
    _, _, host = (endpoint or "").rpartition("://")
    scheme: Literal["http", "https"] = "http" if (endpoint or "").startswith("http://") else "https"
    return fs.S3FileSystem(region=region, endpoint_override=host or None, scheme=scheme), uri.removeprefix("s3://")
