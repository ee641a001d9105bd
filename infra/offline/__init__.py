"""Checks and plans the Terraform of this repository without AWS and without the AWS provider.

The provider's schema is the real one; the values in a plan are derived from names. See infra/README.md.
"""
