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
from hub.model import Flow, Quantity
from hub.pulses import Worth, read_pulse
from hub.store.connection import Connection
from hub.store.registry import NOTIFY_CHANNEL

_MAPPING_LOCK = 0x68756208  # shared by who writes readings, alone for who moves them
_FIRST_SIGHT_LOCK = 0x68756209  # and the usage point, modulo this:
_FIRST_SIGHT_LOCKS = 256
_TTL = 60.0  # seconds; the registry's word is NOTIFY, this is for a lost one
#: Also told in units of the meter's own, worth nothing in another: by allocators on radiators.
_OWN_UNITS = frozenset({"heat"})
ALWAYS = -(2**62)
FOREVER = 2**62


class Place(NamedTuple):
    """A device's usage point between two instants (seconds since 1970 UTC, end exclusive).

    ``opened``: nothing earlier than a day before the usage point was opened is believed. ``worth``:
    of the device's bare counts, None where nobody has said it.
    """

    usage_point_id: int
    commodity: str
    input: str
    start: int
    end: int
    opened: int
    worth: Worth | None


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
    """A channel's number, the instant before which its days are frozen, and whether its readings
    came as counts: True all, False none, None some."""

    channel_id: int
    frozen_before: int
    counted: bool | None


class Target(NamedTuple):
    """Where readings between two instants go, or why they go nowhere; see ``Place``."""

    start: int
    end: int
    opened: int
    reason: int
    channel: ChannelName
    worth: Worth | None


class Lane(NamedTuple):
    """Where readings of one series and period class go, by date, or why they go nowhere."""

    reason: int
    targets: list[Target]

    @property
    def everywhere(self) -> Target | None:
        """The one target of readings of any date that are stored as they are told."""
        if len(self.targets) != 1:
            return None
        only = self.targets[0]
        plain = only.reason == 0 and only.worth is None
        return only if plain and (only.start, only.end) == (ALWAYS, FOREVER) else None


_DEVICES = """
SELECT d.connector, d.ref, u.usage_point_id, u.commodity, d.input,
       coalesce(extract(epoch FROM d.valid_from::timestamptz)::int8, %(always)s),
       coalesce(extract(epoch FROM d.valid_to::timestamptz)::int8, %(forever)s),
       coalesce(extract(epoch FROM (u.valid_from - 1)::timestamptz)::int8, %(always)s), d.pulse
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
SELECT channel_id, coalesce(extract(epoch FROM horizon::timestamptz)::int8, %s), counted,
       usage_point_id, commodity, flow, quantity, register, kind, source, input, period_class
FROM channel WHERE usage_point_id = ANY(%s)"""

_CREATE = """
INSERT INTO channel (usage_point_id, commodity, flow, quantity, register, kind, source, input,
                     period_class, counted)
SELECT * FROM unnest(%s::int4[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
                     %s::text[], %s::text[], %s::text[], %s::boolean[])
ON CONFLICT DO NOTHING"""
# What a meter event says of the register is believed of channels that show it, and only of those.
_MIXED = """
WITH mixed AS (
    UPDATE channel SET counted = NULL WHERE channel_id = ANY(%s) AND counted IS NOT NULL
    RETURNING channel_id
)
INSERT INTO dirty (channel_id, from_ts, to_ts, priority)
SELECT channel_id, min(ts), max(ts), 1 FROM mixed JOIN reading USING (channel_id)
GROUP BY channel_id"""


def lock_mapping(conn: Connection) -> None:
    """Wait for batches under way and keep others out until this transaction has ended."""
    conn.execute("SELECT pg_advisory_xact_lock(%s)", [_MAPPING_LOCK])


def lock_first_sight(conn: Connection, usage_point: int) -> None:
    """Wait until who makes register channels of a usage point has ended; keep others out.

    Who marks what a meter event changes sees all channels then, or they come after the event.
    """
    key = [_FIRST_SIGHT_LOCK, usage_point % _FIRST_SIGHT_LOCKS]
    conn.execute("SELECT pg_advisory_xact_lock(%s, %s)", key)


def _share_first_sight(conn: Connection, names: Iterable[ChannelName]) -> None:
    """Make channels of these names beside others who do so, and beside no meter event."""
    points = {n.usage_point_id % _FIRST_SIGHT_LOCKS for n in names if n.kind == "register"}
    conn.execute(
        "SELECT pg_advisory_xact_lock_shared(%s, point) FROM unnest(%s::int4[]) point",
        [_FIRST_SIGHT_LOCK, sorted(points)],
    )


def note_mixed(conn: Connection, channels: list[int]) -> None:
    """Note that some readings of these channels came as counts and some did not."""
    conn.execute(_MIXED, [channels])


class Directory:
    """What the registry says, remembered for one connection."""

    def __init__(self) -> None:
        self._devices: dict[tuple[str, str], tuple[Place, ...]] = {}
        self._points: dict[str, dict[str, Place]] = {}
        self._channels: dict[ChannelName, Channel] = {}
        #: Of writers who may write everywhere, by series and period class.
        self.lanes: dict[tuple[SourceKey, int], Lane] = {}
        self._flows: dict[str, list[Flow]] = {}
        self._quantities: dict[str, Quantity] = {}
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
        return flow in self._flows.get(commodity, ())

    def is_quantity(self, commodity: str, quantity: str) -> bool:
        """Whether a commodity may be told in this quantity: its own, the power of an energy, or
        counts, which need to be worth something."""
        own = self._quantities.get(commodity)
        is_power = own == "energy" and quantity in ("power", "apparent_power")
        return quantity in (own, "units") or is_power

    def has_own_units(self, commodity: str) -> bool:
        """Whether counts of this commodity mean something as they are."""
        return commodity in _OWN_UNITS

    def quantity(self, commodity: str) -> Quantity:
        """The quantity in which a commodity of the catalogue is summed."""
        return self._quantities[commodity]

    def main_flow(self, commodity: str) -> Flow:
        """The way a commodity flows where a meter does not say it."""
        flows = self._flows[commodity]
        return flows[0] if flows and "consumption" not in flows else "consumption"

    def channels(
        self, conn: Connection, names: Mapping[ChannelName, bool]
    ) -> Mapping[ChannelName, Channel]:
        """The channels of these names, created in the transaction where they are missing.

        ``names``: with whether the readings come as counts.
        """
        missing = names.keys() - self._channels.keys()
        if missing:
            self._read_channels(conn, missing)
            new = sorted(names.keys() - self._channels.keys())
            if new:
                _share_first_sight(conn, new)
                rows = [(*name, names[name]) for name in new]
                conn.execute(_CREATE, [list(column) for column in zip(*rows, strict=True)])
                self._read_channels(conn, new)
        mixed = [
            name for name, counted in names.items()
            if self._channels[name].counted is (not counted)
        ]  # fmt: skip
        if mixed:
            note_mixed(conn, [self._channels[name].channel_id for name in mixed])
            self._channels |= {name: self._channels[name]._replace(counted=None) for name in mixed}
        return self._channels

    def _refresh(self, conn: Connection) -> None:
        self._devices.clear()
        self._points.clear()
        self._channels.clear()
        self.lanes.clear()
        rows = conn.execute("SELECT commodity, flows, quantity FROM commodity").fetchall()
        self._flows = {commodity: flows for commodity, flows, _ in rows}
        self._quantities = {commodity: quantity for commodity, _, quantity in rows}
        self._old_after = time.monotonic() + _TTL

    def _find_devices(self, conn: Connection, devices: set[tuple[str, str]]) -> None:
        if not devices:
            return
        connectors, refs = zip(*sorted(devices), strict=True)
        found: dict[tuple[str, str], list[Place]] = {device: [] for device in devices}
        parameters = {"connectors": list(connectors), "refs": list(refs)}
        for row in conn.execute(_DEVICES, parameters | {"always": ALWAYS, "forever": FOREVER}):
            worth = read_pulse(row[-1]).worth if row[-1] else None
            found[row[0], row[1]].append(Place._make((*row[2:-1], worth)))
        self._devices.update((device, tuple(maps)) for device, maps in found.items())

    def _find_points(self, conn: Connection, refs: set[str]) -> None:
        if not refs:
            return
        self._points.update((ref, {}) for ref in refs)
        for ref, number, commodity, opened in conn.execute(
            _POINTS, {"refs": sorted(refs), "always": ALWAYS}
        ):
            mapping = Place(number, commodity, "", ALWAYS, FOREVER, opened, None)
            self._points[ref][commodity] = mapping

    def _read_channels(self, conn: Connection, names: Iterable[ChannelName]) -> None:
        points = sorted({name.usage_point_id for name in names})
        for number, frozen, counted, *name in conn.execute(_CHANNELS, [ALWAYS, points]):
            self._channels[ChannelName(*name)] = Channel(number, frozen, counted)
