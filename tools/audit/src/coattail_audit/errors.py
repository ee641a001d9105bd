"""What ends an audit before it can say anything."""


class AuditError(Exception):
    """The audit cannot be made; the message says of what, and what to do."""
