"""Which machine a package is for."""

import platform
from enum import StrEnum


class Platform(StrEnum):
    """`HOST`: this machine's, for the local cloud. The others are Lambda's, by uv's names for them."""

    HOST = "host"
    ARM64 = "aarch64-manylinux_2_28"
    X86_64 = "x86_64-manylinux_2_28"

    @property
    def words(self) -> list[str]:
        """What uv needs to know of it."""
        if self is Platform.HOST:
            return []
        return ["--python-platform", str(self), "--only-binary", ":all:"]

    @property
    def fingerprint(self) -> str:
        """What tells packages for it from others."""
        if self is Platform.HOST:
            return f"{platform.system()}-{platform.machine()}-{platform.libc_ver()[0]}"
        return str(self)
