"""Lambda functions whose invocations are real: each execution environment is a Python process of this machine."""
