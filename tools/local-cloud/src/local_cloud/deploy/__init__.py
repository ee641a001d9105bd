"""Terraform's plan of the local environment, applied to the local cloud."""

from .apply import deploy_rendered
from .plan import packaged_services, read_plans

__all__ = ["deploy_rendered", "packaged_services", "read_plans"]
