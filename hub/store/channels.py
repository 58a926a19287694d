"""Which channel a reading belongs to: by the device's own id and date; made on first sight.

One directory belongs to one connection and remembers what it looked up. It forgets everything when
the registry changes (NOTIFY hub_registry), when a transaction fails, and every minute; and a batch
never goes by an older assignment of devices than the newest (a notice may come a batch too late).
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from hub.intake.batch import SourceKey
from hub.store.connection import Connection
from hub.store.registry import NOTIFY_CHANNEL

_MAPPING_LOCK = 0x68756208  # shared by who writes readings, alone for who moves them
_TTL = 60.0  # seconds; the registry's word is NOTIFY, this is for a lost one
#: Also told in units of the meter's own: by allocators on radiators.
_COUNTED = frozenset({"heat"})
ALWAYS = -(2**62)
FOREVER = 2**62


class Place(NamedTuple):
    """A device's usage point between two instants (seconds since 1970 UTC, end exclusive).

    ``opened``: nothing earlier than a day before the usage point was opened is believed.
    """

    usage_point_id: int
    commodity: str
    input: str
    start: int
    end: int
    opened: int


class ChannelName(NamedTuple):
    """What makes a channel one: the unique key of table ``channel``."""

    usage_point_id: int
    commodity: str
    flow: str
    quantity: str
    register: str
    kind: str
    source: str
    input: str
    period_class: str


class Channel(NamedTuple):
    """A channel's number and the instant before which its days are frozen."""

    channel_id: int
    frozen_before: int


_DEVICES = """
SELECT d.connector, d.ref, u.usage_point_id, u.commodity, d.input,
       coalesce(extract(epoch FROM d.valid_from::timestamptz)::int8, %(always)s),
       coalesce(extract(epoch FROM d.valid_to::timestamptz)::int8, %(forever)s),
       coalesce(extract(epoch FROM (u.valid_from - 1)::timestamptz)::int8, %(always)s)
FROM unnest(%(connectors)s::text[], %(refs)s::text[]) AS w (connector, ref)
JOIN device d ON d.connector = w.connector AND d.ref = w.ref AND d.superseded_at IS NULL
CROSS JOIN LATERAL (SELECT usage_point_id, min(commodity) AS commodity,
                           nullif(min(coalesce(valid_from, '-infinity')), '-infinity') AS valid_from
                    FROM usage_point
                    WHERE usage_point_id = d.usage_point_id AND superseded_at IS NULL
                    GROUP BY usage_point_id) u
ORDER BY d.connector, d.ref, 6"""

_POINTS = """
SELECT u.ref, u.usage_point_id, u.commodity,
       coalesce(extract(epoch FROM (
           nullif(min(coalesce(u.valid_from, '-infinity')), '-infinity') - 1
       )::timestamptz)::int8, %(always)s)
FROM usage_point u WHERE u.ref = ANY(%(refs)s) AND u.superseded_at IS NULL
GROUP BY u.ref, u.usage_point_id, u.commodity"""

_CHANNELS = """
SELECT channel_id, coalesce(extract(epoch FROM horizon::timestamptz)::int8, %s),
       usage_point_id, commodity, flow, quantity, register, kind, source, input, period_class
FROM channel WHERE usage_point_id = ANY(%s)"""

_CREATE = """
INSERT INTO channel (usage_point_id, commodity, flow, quantity, register, kind, source, input,
                     period_class)
SELECT * FROM unnest(%s::int4[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
                     %s::text[], %s::text[], %s::text[])
ON CONFLICT DO NOTHING"""


def lock_mapping(conn: Connection) -> None:
    """Wait for batches under way and keep others out until this transaction has ended."""
    conn.execute("SELECT pg_advisory_xact_lock(%s)", [_MAPPING_LOCK])


class Directory:
    """What the registry says, remembered for one connection."""

    def __init__(self) -> None:
        self._devices: dict[tuple[str, str], tuple[Place, ...]] = {}
        self._points: dict[str, dict[str, Place]] = {}
        self._channels: dict[ChannelName, Channel] = {}
        self._flows: dict[str, frozenset[str]] = {}
        self._quantities: dict[str, str] = {}
        self._old_after = 0.0
        self._newest: int | None = None

    def begin(self, conn: Connection) -> None:
        """Begin to place a batch: assignments of devices stay as they are until it is committed."""
        conn.execute("SELECT pg_advisory_xact_lock_shared(%s)", [_MAPPING_LOCK])
        # a statement of its own: its snapshot must be younger than the lock
        row = conn.execute("SELECT max(row_id) FROM device").fetchone()
        newest = row[0] if row else None
        if newest != self._newest:
            self._newest = newest
            self.forget()

    def listen(self, conn: Connection) -> None:
        """Forget everything whenever the registry changes. Commits."""
        conn.execute(f"LISTEN {NOTIFY_CHANNEL}")
        conn.commit()
        conn.add_notify_handler(lambda _: self.forget())

    def forget(self) -> None:
        """Look everything up again from now on. Call it after a rolled-back transaction."""
        self._old_after = 0.0

    def prepare(self, conn: Connection, keys: Iterable[SourceKey], by_usage_point: bool) -> None:
        """Look up, in one go, what is not known of these devices.

        ``by_usage_point``: a device id may also be a usage point's ref, as in portals' files.
        """
        if time.monotonic() > self._old_after:
            self._refresh(conn)
        devices = {(k.connector, k.channel.device) for k in keys}
        self._find_devices(conn, devices - self._devices.keys())
        if by_usage_point:
            refs = {ref for connector, ref in devices if not self._devices[connector, ref]}
            self._find_points(conn, refs - self._points.keys())

    def places(self, key: SourceKey, by_usage_point: bool) -> tuple[Place, ...]:
        """Where the device's readings of any commodity go, by date; empty if it is unknown."""
        found = self._devices.get((key.connector, key.channel.device), ())
        if found or not by_usage_point:
            return found
        return tuple(self._points.get(key.channel.device, {}).values())

    def is_flow(self, commodity: str, flow: str) -> bool:
        """Whether the catalogue knows this commodity with this flow."""
        return flow in self._flows.get(commodity, frozenset())

    def is_quantity(self, commodity: str, quantity: str) -> bool:
        """Whether a commodity comes in this quantity: its own, the power of an energy, or units."""
        own = self._quantities.get(commodity)
        is_power = own == "energy" and quantity in ("power", "apparent_power")
        return quantity == own or is_power or (quantity == "units" and commodity in _COUNTED)

    def channels(self, conn: Connection, names: set[ChannelName]) -> Mapping[ChannelName, Channel]:
        """The channels of these names, created in the transaction where they are missing."""
        missing = names - self._channels.keys()
        if missing:
            self._read_channels(conn, missing)
            new = sorted(names - self._channels.keys())
            if new:
                conn.execute(_CREATE, [list(column) for column in zip(*new, strict=True)])
                self._read_channels(conn, new)
        return self._channels

    def _refresh(self, conn: Connection) -> None:
        self._devices.clear()
        self._points.clear()
        self._channels.clear()
        rows = conn.execute("SELECT commodity, flows, quantity FROM commodity").fetchall()
        self._flows = {commodity: frozenset(flows) for commodity, flows, _ in rows}
        self._quantities = {commodity: quantity for commodity, _, quantity in rows}
        self._old_after = time.monotonic() + _TTL

    def _find_devices(self, conn: Connection, devices: set[tuple[str, str]]) -> None:
        if not devices:
            return
        connectors, refs = zip(*sorted(devices), strict=True)
        found: dict[tuple[str, str], list[Place]] = {device: [] for device in devices}
        parameters = {"connectors": list(connectors), "refs": list(refs)}
        for row in conn.execute(_DEVICES, parameters | {"always": ALWAYS, "forever": FOREVER}):
            found[row[0], row[1]].append(Place(*row[2:]))
        self._devices.update((device, tuple(maps)) for device, maps in found.items())

    def _find_points(self, conn: Connection, refs: set[str]) -> None:
        if not refs:
            return
        self._points.update((ref, {}) for ref in refs)
        for ref, number, commodity, opened in conn.execute(
            _POINTS, {"refs": sorted(refs), "always": ALWAYS}
        ):
            mapping = Place(number, commodity, "", ALWAYS, FOREVER, opened)
            self._points[ref][commodity] = mapping

    def _read_channels(self, conn: Connection, names: Iterable[ChannelName]) -> None:
        points = sorted({name.usage_point_id for name in names})
        for number, frozen, *name in conn.execute(_CHANNELS, [ALWAYS, points]):
            self._channels[ChannelName(*name)] = Channel(number, frozen)
