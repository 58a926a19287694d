"""Why a source gave nothing, in words for people and with what to do next."""

from __future__ import annotations

from hub.model import HubError


class CollectError(HubError):
    """A try that failed. The texts never hold a secret.

    needs_person: trying again changes nothing until somebody acts. retry_after: seconds for which
    the other side asked to be left alone. stops: nothing else of the source is asked now. status:
    of HTTP, 0 where none came.
    """

    def __init__(
        self,
        english: str,
        french: str,
        *,
        needs_person: bool = False,
        retry_after: float = 0,
        stops: bool = True,
        status: int = 0,
    ) -> None:
        super().__init__(english, french)
        self.status = status
        self.needs_person = needs_person
        self.retry_after = retry_after
        self.stops = stops

    @property
    def words(self) -> tuple[str, str]:
        """French and English."""
        return self.told("fr"), self.told("en")


class StoppedError(HubError):
    """Nothing may be asked: the household did not agree, not any more, or does not live there."""

    @property
    def words(self) -> tuple[str, str]:
        """French and English."""
        return self.told("fr"), self.told("en")


class AwayError(Exception):
    """The database is away, which is no fault of who is asked; the text is what it said, if any."""
