"""What the embedded stack raises when it cannot do its work."""

from hub.model import HubError


class StackError(HubError):
    """A server or its packages could not be had; the message says what to do."""
