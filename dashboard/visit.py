"""Who looks at a page, and how they want it."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from dashboard.tongue import Tongue

SESSION_COOKIE = "hub_session"
#: Set by assets/theme.js from the system's preference, so that charts fit the page's ground.
THEME_COOKIE = "hub_theme"

Theme = Literal["light", "dark"]


@dataclass(frozen=True, slots=True)
class Visit:
    """One request. `household_id` None = nobody is known; `session` tells sessions apart.

    `real`: a household is known, and its meters are no simulation.
    """

    tongue: Tongue
    theme: Theme
    household_id: int | None
    session: str
    now: dt.datetime
    zone: ZoneInfo
    real: bool = False

    @property
    def today(self) -> dt.date:
        """The local calendar date."""
        return self.now.astimezone(self.zone).date()


def fingerprint(cookies: Mapping[str, str]) -> str:
    """Tells one session from another without telling the session."""
    secret = cookies.get(SESSION_COOKIE, "")
    return hashlib.sha256(b"page:" + secret.encode()).hexdigest()[:16] if secret else ""
