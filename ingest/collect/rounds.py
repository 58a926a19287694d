"""One round of one source: ask, store, and say how the source is and when it is asked again."""

from __future__ import annotations

import logging
import random
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from hub.intake.report import LoadReport, reject_reason
from hub.store.collecting import Permission, SourceState, State
from ingest.collect.access import Access
from ingest.collect.backoff import delay
from ingest.collect.devices import POLLS
from ingest.collect.errors import AwayError, CollectError, StoppedError
from ingest.collect.pulls import Pull, unreadable
from ingest.collect.secret import Secret
from ingest.collect.sink import Fetched
from ingest.collect.sources import Source
from ingest.collect.storing import Store

log = logging.getLogger("hub.collect")

#: Requests for days in one round; what is left to catch up comes soon in another.
REQUESTS = 20
_SOON = 120.0
#: While the database is away nothing is asked of portals; so often it is looked for.
_AWAY = 60.0

Words = tuple[str, str]


@dataclass(slots=True)
class Round:
    """What came of a round. more: days are left to catch up. state None: the database is away.

    next_at: when the source is asked again, seconds since 1970 UTC.
    """

    source: Source
    reports: list[LoadReport] = field(default_factory=list)
    more: bool = False
    state: SourceState | None = None
    next_at: float = 0


class Rounds:
    """Does rounds; for one event loop. clock: seconds since 1970. chance: from 0 to below 1."""

    def __init__(
        self,
        store: Store,
        *,
        clock: Callable[[], float] = time.time,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._store = store
        self._clock = clock
        self._chance = chance
        self._access = Access(clock)
        self._states: dict[str, SourceState] = {}

    async def begin(self) -> dict[str, SourceState]:
        """Learn how the sources were when they were asked last. Raises AwayError."""
        self._states = await self._store.do(self._store.sink.states)
        return dict(self._states)

    async def round(self, source: Source) -> Round:
        """Ask a source once and store what it answers. Raises nothing that is the source's."""
        done = Round(source)
        secrets: list[Secret] = []
        try:
            await self._ask(done, secrets)
            self._note(done, "ok", _refused(done.reports))
        except AwayError:
            done.next_at = self._clock() + min(source.interval, _AWAY)
            return done
        except StoppedError as stopped:
            self._note(done, "stopped", stopped.words)
        except CollectError as error:
            self._fail(done, error, secrets)
        except Exception as error:  # noqa: BLE001 - our mistake costs one source one round
            # without its text, which may hold what the round had in hand
            where = "".join(traceback.format_tb(error.__traceback__)).rstrip()
            log.error("%s: the round failed: %s\n%s", source.name, type(error).__name__, where)  # noqa: TRY400
            self._fail(done, _unexpected(error), secrets)
        assert done.state is not None
        await self._store.do(self._store.sink.keep, done.state)
        return done

    async def _ask(self, done: Round, secrets: list[Secret]) -> None:
        source, store = done.source, self._store
        permission = None
        if source.kind not in POLLS:
            permission = await store.do(store.sink.permission, source)
        secret = source.secret()
        secrets += [secret] if secret else []
        if source.kind in POLLS:
            await self._poll(done, secret)
        else:
            await self._pull(done, secret, permission)

    async def _poll(self, done: Round, secret: Secret | None) -> None:
        """A device: all at once, in one transaction."""
        source, store = done.source, self._store
        async with self._access.fetcher(source, secret) as fetcher:
            heard = await POLLS[source.kind](fetcher)
        fetched = [Fetched(h.path, h.answer.payload, h.answer.received_at) for h in heard]
        done.reports += await store.do(store.sink.store_heard, source, fetched)
        for report in done.reports:
            if report.problem is not None:
                raise unreadable(report)

    async def _pull(
        self, done: Round, secret: Secret | None, permission: Permission | None
    ) -> None:
        """A portal: part by part; one that fails leaves the others alone."""
        source, store = done.source, self._store
        today = await store.do(store.sink.today)
        failures: list[CollectError] = []
        left = REQUESTS
        for name in source.parts:
            pull = Pull(store, self._access, source, secret, name)
            try:
                await pull.run(permission, today, max(left, 1))
            except CollectError as error:
                failures.append(error)
            finally:
                done.reports += pull.reports
            left -= pull.asked
            done.more |= pull.more
            if failures and failures[-1].stops:
                break
        if failures:
            raise failures[0]

    def _fail(self, done: Round, error: CollectError, secrets: Sequence[Secret]) -> None:
        french, english = error.words
        for secret in secrets:
            french, english = secret.hidden_in(french), secret.hidden_in(english)
        self._note(done, "failed", (french, english), error)
        if done.state is not None and done.state.failures == 1:
            log.warning("%s: %s", done.source.name, english)

    def _note(
        self, done: Round, state: State, words: Words | None, error: CollectError | None = None
    ) -> None:
        """Say how the source is from now on, and when it is asked again."""
        source, now = done.source, self._clock()
        before = self._states.get(source.name)
        failures = 0
        wait = _SOON if done.more else float(source.interval)
        if error is not None:
            failures = 1 + (before.failures if before else 0)
            wait = delay(
                failures,
                source.interval,
                chance=self._chance(),
                retry_after=error.retry_after,
                needs_person=error.needs_person,
            )
        elif before is not None and before.state != state:
            log.info("%s: %s", source.name, state)
        at = _instant(now)
        done.next_at = now + wait
        done.state = self._states[source.name] = SourceState(
            name=source.name,
            kind=source.kind,
            state=state,
            tried_at=at,
            next_at=_instant(done.next_at),
            succeeded_at=at if state == "ok" else before.succeeded_at if before else None,
            failures=failures,
            failing_since=((before.failing_since if before else None) or at) if error else None,
            needs_person=error is not None and error.needs_person,
            words_fr=words[0] if words else None,
            words_en=words[1] if words else None,
            rows=_sum(done.reports),
        )


def _unexpected(error: Exception) -> CollectError:
    kind = type(error).__name__
    return CollectError(
        f"unexpected {kind}; the log of hub collect says where",
        f"erreur inattendue {kind} ; le journal de hub collect dit où",
        needs_person=True,
    )


def _refused(reports: Sequence[LoadReport]) -> Words | None:
    """Why the first row that was refused was, in French and English."""
    for report in reports:
        if report.rejects:
            first = report.rejects[0]
            return reject_reason(first, "fr"), reject_reason(first, "en")
    return None


def _sum(reports: Sequence[LoadReport]) -> dict[str, int]:
    """Rows by outcome, of those that there were."""
    total: dict[str, int] = {}
    for report in reports:
        for outcome, count in report.counts.items():
            if count:
                total[outcome] = total.get(outcome, 0) + count
    return total


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)
