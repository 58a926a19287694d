"""Errors a command shows as one line, without a traceback."""

from hub.model import HubError


class CommandError(HubError):
    """The command could not do its work; the message says what, where and what to do.

    `exit_code` is the exit code of DESIGN: 2 could not run, 1 done with something to look at.
    """

    def __init__(self, message: str, french: str | None = None, *, exit_code: int = 2) -> None:
        super().__init__(message, french)
        self.exit_code = exit_code
