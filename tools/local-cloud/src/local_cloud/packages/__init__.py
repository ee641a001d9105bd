"""Lambda's zips: a service's code and the packages of its lock, as the function finds them."""

from .build import PackageError, build
from .platform import Platform

__all__ = ["PackageError", "Platform", "build"]
