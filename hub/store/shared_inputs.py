"""Devices that are registered so that the readings of two meters land in one channel."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from hub.store.connection import Connection

#: Connectors of which a device is one quantity and no meter: energy and power of one are two.
ONE_QUANTITY_EACH = ("homeassistant_statestream", "homeassistant_discovery")

_SHARED = """
SELECT DISTINCT d.connector, d.ref, e.ref, d.input,
    (SELECT u.ref FROM usage_point u WHERE u.usage_point_id = d.usage_point_id
     ORDER BY u.superseded_at NULLS FIRST LIMIT 1)
FROM device d
JOIN device e USING (usage_point_id, connector, input)
WHERE d.superseded_at IS NULL AND e.superseded_at IS NULL AND d.ref < e.ref
  AND coalesce(d.valid_from, '-infinity') < coalesce(e.valid_to, 'infinity')
  AND coalesce(e.valid_from, '-infinity') < coalesce(d.valid_to, 'infinity')
  AND d.connector <> ALL (%(apart)s)
  AND (%(points)s::int4[] IS NULL OR usage_point_id = ANY (%(points)s))
ORDER BY 1, 2, 3"""


@dataclass(frozen=True, slots=True)
class SharedInput:
    """Two devices of one connector on one input of a usage point, on some day both."""

    connector: str
    first: str
    second: str
    input: str
    usage_point: str

    @property
    def name(self) -> str:
        """Both, and where."""
        place = "/".join(part for part in (self.usage_point, self.input) if part)
        return f"{self.connector}/{self.first} + {self.connector}/{self.second} ({place})"


def shared_inputs(conn: Connection, points: Collection[int] | None = None) -> list[SharedInput]:
    """Pairs of devices that would continue one channel at the same time, of some usage points.

    Devices of one input follow each other, different inputs add up: two at the same time are two
    meters whose readings are mixed, or one meter that is registered twice.
    """
    where = {"apart": list(ONE_QUANTITY_EACH), "points": None if points is None else list(points)}
    return [SharedInput(*row) for row in conn.execute(_SHARED, where).fetchall()]
