"""The days of one part of a portal that are wanted now: asked for and stored, oldest first.

What a portal answers is stored with the note that these days were asked, in one transaction: after
a crash the same days are asked again, which changes nothing.
"""

from __future__ import annotations

from datetime import date, timedelta

from hub.intake.report import LoadReport, reject_reason
from hub.store.collecting import Permission
from ingest.collect import portals
from ingest.collect.access import Access
from ingest.collect.errors import CollectError
from ingest.collect.fetch import Answer
from ingest.collect.portals import PARTS, Verdict
from ingest.collect.ranges import wanted
from ingest.collect.secret import Secret
from ingest.collect.sink import Fetched
from ingest.collect.sources import Source
from ingest.collect.storing import Store

_DAY = timedelta(days=1)
_GRANULARITIES = ("half-hour", "day", "month")


class Pull:
    """One part of a source. reports: what became of each answer; asked: requests made; more: days
    are left."""

    def __init__(
        self, store: Store, access: Access, source: Source, secret: Secret | None, name: str
    ) -> None:
        self.reports: list[LoadReport] = []
        self.asked = 0
        self.more = False
        self._store = store
        self._access = access
        self._source = source
        self._secret = secret
        self._name = name
        self._part = PARTS[name]

    async def run(self, permission: Permission | None, today: date, most: int) -> None:
        """Ask for what is wanted, so many requests at most.

        Raises CollectError; StoppedError where the household does not agree any more; AwayError.
        """
        self._check_granularity(permission)
        known = await self._store.do(self._store.sink.known, self._source, self._name, permission)
        first, end = wanted(*self._bounds(permission, today), known, self._part.late)
        while first < end:
            if self.asked >= most:
                self.more = True
                return
            stop = min(first + self._part.days * _DAY, end)
            answer, verdict = await self._ask(first, stop)
            if verdict is Verdict.BEFORE:
                first = await self._beginning(first, end)
                await self._note(min(first, today))
            else:
                await self._take(answer, verdict, first, stop, today)
                first = stop

    def _bounds(self, permission: Permission | None, today: date) -> tuple[date, date]:
        """The first day that may be asked for, and the day after the last."""
        kept = min(self._part.history, self._source.history or self._part.history)
        floor, end = today - kept * _DAY, today + _DAY * self._part.today
        if permission is not None:
            floor = max(floor, permission.first or floor)
            end = min(end, permission.last + _DAY) if permission.last else end
        return floor, end

    async def _ask(self, first: date, stop: date) -> tuple[Answer, Verdict]:
        self.asked += 1
        source = self._source
        path, parameters = portals.request(source, self._name, first, stop)
        answer = await self._access.ask(
            source, self._secret, path, parameters, portals.ALSO[source.kind]
        )
        return answer, portals.judge(source, answer, path)

    async def _beginning(self, early: date, end: date) -> date:
        """The first day after ``early``, which lies before what the portal has, that does not."""
        good = end
        while good - early > _DAY:
            middle = early + (good - early) // 2
            _, verdict = await self._ask(middle, min(middle + self._part.days * _DAY, end))
            if verdict is Verdict.BEFORE:
                early = middle
            else:
                good = middle
        return good

    async def _take(
        self, answer: Answer, verdict: Verdict, first: date, stop: date, today: date
    ) -> None:
        """Store an answer; the day that is not over is asked for again."""
        until = min(stop, today)
        if verdict is Verdict.NOTHING:
            await self._note(until)
            return
        told = f"{first} - {stop - _DAY}"
        whole = verdict is not Verdict.PARTIAL
        report = await self._store.do(
            self._store.sink.store_days,
            self._source,
            self._name,
            Fetched(self._name, answer.payload, answer.received_at, told),
            until if whole else None,
        )
        self.reports.append(report)
        if report.problem is not None:
            raise unreadable(report)
        if not whole:
            raise CollectError(
                f"{self._name}: the portal could not give all of {told}",
                f"{self._name} : le portail n'a pu donner tout le {told}",
                stops=False,
            )

    async def _note(self, until: date) -> None:
        await self._store.do(self._store.sink.note_asked, self._source, self._name, until)

    def _check_granularity(self, permission: Permission | None) -> None:
        """Whether the household agreed to something so fine. Raises CollectError."""
        if permission is None:
            return
        agreed, finest = permission.granularity, self._part.finest
        if _GRANULARITIES.index(agreed) > _GRANULARITIES.index(finest):
            raise CollectError(
                f"{self._name} is finer than the household agreed to ({agreed}): take it out of"
                " parts",
                f"{self._name} est plus fin que ce que le foyer a accepté ({agreed}) :"
                " retirez-le de parts",
                needs_person=True,
                stops=False,
            )


def unreadable(report: LoadReport) -> CollectError:
    """An answer that could not be read, as a failure."""
    assert report.problem is not None
    french, english = (reject_reason(report.problem, code) for code in ("fr", "en"))
    return CollectError(f"{report.file}: {english}", f"{report.file} : {french}")
