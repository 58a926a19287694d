"""What the embedded stack raises when it cannot do its work."""


class StackError(Exception):
    """A server or its packages could not be had; the message says what to do."""
