"""Terraform's plan of the local environment, applied to the local cloud."""

from .apply import deploy_rendered

__all__ = ["deploy_rendered"]
