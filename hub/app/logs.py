"""The services' logs: plain lines on standard error, as the supervisor collects them."""

import logging
import sys

from hub.words import visible, visible_lines

_DATES = "%Y-%m-%dT%H:%M:%S%z"


class PlainFormatter(logging.Formatter):
    """One line a message, and tracebacks: what devices, files and addresses say cannot forge any.

    Control characters are written out, the ends of lines within a message too.
    """

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's own name
        """The line of a record."""
        record.message = visible(record.message)
        return super().formatMessage(record)

    def format(self, record: logging.LogRecord) -> str:
        """The line with what follows it: a traceback keeps its lines."""
        return visible_lines(super().format(record))


def log_to_stderr(service: str, level: int = logging.INFO) -> None:
    """Log from now on, each line with its time, the service and the level."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        PlainFormatter(f"%(asctime)s {service} %(levelname)s %(name)s: %(message)s", _DATES)
    )
    logging.basicConfig(handlers=[handler], level=level)
