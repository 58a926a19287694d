"""Readings of a batch -> channels, or the reason why they have none."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from hub.intake.batch import Batch, SourceKey
from hub.intake.checks import CLASSES, CODE, CodeArray, period_classes
from hub.model import Int64Array
from hub.pulses import amounts
from hub.store.channels import ALWAYS, Channel, ChannelName, Directory, Lane, Place, Target
from hub.store.connection import Connection

_KINDS = len(CLASSES)


@dataclass(slots=True)
class Placed:
    """Per reading: channel number (0 where ``reason`` is not 0), reason code, the instant it was
    held against where the reason is one of time, and its value in the channel's unit: not as it was
    told where that was a bare count."""

    channel: Int64Array
    reason: CodeArray
    limit: Int64Array
    value: Int64Array
    unknown: set[tuple[str, str]]  # (connector, device) that the registry does not know


@dataclass(frozen=True, slots=True)
class Rules:
    """Who may write where. ``usage_points`` None: everywhere.

    ``by_usage_point``: a device id may also be a usage point's ref, as in portals' files.
    ``portals``: connectors whose device ids always are one. ``not_before``: usage point -> instant
    before which nothing of it is taken; ``otherwise``: that of usage points it does not name.
    """

    by_usage_point: bool = False
    portals: Collection[str] = ()
    usage_points: Collection[int] | None = None
    not_before: Mapping[int, int] = field(default_factory=dict)
    otherwise: int = ALWAYS

    def begin(self, usage_point_id: int) -> int:
        """The instant before which nothing of a usage point is taken."""
        return self.not_before.get(usage_point_id, self.otherwise)


_FREE = Rules()


def place(conn: Connection, directory: Directory, batch: Batch, rules: Rules) -> Placed:
    """Find or create the channel of every reading, in the transaction of ``conn``."""
    directory.prepare(conn, batch.keys, rules.by_usage_point)
    is_interval = np.array([k.channel.kind == "interval" for k in batch.keys], dtype=bool)
    # what the source states, unless it is longer than that: a month cut to a week stays a month
    stated = np.array([CLASSES.index(k.channel.period or CLASSES[0]) for k in batch.keys], np.int8)
    period = np.maximum(period_classes(batch.seconds), stated[batch.key])
    period = np.where(is_interval[batch.key], period, 0)
    lane = batch.key.astype(np.int64) * _KINDS + np.minimum(period, _KINDS - 1)
    present, inverse = np.unique(lane, return_inverse=True)
    lanes = _lanes(directory, batch.keys, present.tolist(), rules)
    wanted = {
        target.channel: target.worth is not None
        for found in lanes
        for target in found.targets
        if not target.reason
    }
    channels = directory.channels(conn, wanted)
    placed = _spread(batch, lanes, inverse.reshape(-1), channels)
    placed.unknown = {
        (k.connector, k.channel.device)
        for k in batch.keys
        if not directory.places(k, rules.by_usage_point)
    }
    return placed


def usage_point_for(directory: Directory, key: SourceKey, ts: int, rules: Rules) -> int | None:
    """The usage point of which a sender may tell something that was at ``ts``: where a reading of
    the device would go then. None where it would be refused. ``directory`` is prepared for the key.
    """
    found = None
    for at in directory.places(key, rules.by_usage_point):
        is_allowed = rules.usage_points is None or at.usage_point_id in rules.usage_points
        if is_allowed and at.commodity == key.channel.commodity and at.start <= ts < at.end:
            found = at
    return found.usage_point_id if found is not None and ts >= _opened(found, rules) else None


def _lanes(
    directory: Directory, keys: Sequence[SourceKey], present: list[int], rules: Rules
) -> list[Lane]:
    """By key and period class; live ones are the same in every batch, so they are remembered."""
    known = directory.lanes if rules == _FREE else {}
    lanes = []
    for number in present:
        key, period = keys[number // _KINDS], number % _KINDS
        lane = known.get((key, period))
        if lane is None:
            lane = known[key, period] = _lane(directory, key, period, rules)
        lanes.append(lane)
    return lanes


def _lane(directory: Directory, key: SourceKey, period: int, rules: Rules) -> Lane:
    channel = key.channel
    places = directory.places(key, rules.by_usage_point)
    if rules.usage_points is not None:
        # one answer for what is unknown and what is another's: it tells nothing of the registry
        places = tuple(p for p in places if p.usage_point_id in rules.usage_points)
        if not places:
            return Lane(CODE["not_allowed"], [])
    if not places:
        is_portal = key.connector in rules.portals
        return Lane(CODE["unknown_usage_point" if is_portal else "unknown_device"], [])
    is_untold = channel.commodity == "" and channel.quantity == "units"
    if not is_untold:
        if not directory.is_flow(channel.commodity, channel.flow):
            return Lane(CODE["bad_name"], [])
        if not directory.is_quantity(channel.commodity, channel.quantity):
            return Lane(CODE["wrong_quantity"], [])
        places = tuple(p for p in places if p.commodity == channel.commodity)
    if not places:
        return Lane(CODE["wrong_commodity"], [])
    return Lane(0, [_target(directory, key, p, period, rules) for p in places])


def _target(
    directory: Directory, key: SourceKey, place: Place, period: int, rules: Rules
) -> Target:
    """Where readings go at a place; bare counts in what they are worth there."""
    name = _name(directory, key, place, period)
    begin = _opened(place, rules)
    worth = place.worth if key.channel.quantity == "units" else None
    if worth is not None:
        name = name._replace(quantity=directory.quantity(place.commodity))
    means_nothing = name.quantity == "units" and not directory.has_own_units(key.channel.commodity)
    reason = CODE["no_pulse"] if means_nothing else 0
    return Target(place.start, place.end, begin, reason, name, worth)


def _opened(place: Place, rules: Rules) -> int:
    """The instant before which nothing of the usage point is taken from this sender."""
    return max(place.opened, rules.begin(place.usage_point_id))


def _name(directory: Directory, key: SourceKey, place: Place, period: int) -> ChannelName:
    channel = key.channel
    inputs = "/".join(i for i in (place.input, channel.input) if i)
    return ChannelName(
        place.usage_point_id,
        place.commodity,
        channel.flow if channel.commodity else directory.main_flow(place.commodity),
        channel.quantity,
        channel.register,
        channel.kind,
        key.connector,
        inputs,
        CLASSES[period] if channel.kind == "interval" else "",
    )


def _spread(
    batch: Batch,
    lanes: list[Lane],
    inverse: npt.NDArray[np.int64],
    channels: Mapping[ChannelName, Channel],
) -> Placed:
    """Each reading's channel: by lane where that is all, else by date, counts with their worth."""
    number, opened, frozen = [0] * len(lanes), [ALWAYS] * len(lanes), [ALWAYS] * len(lanes)
    reason = np.array([found.reason for found in lanes], dtype=np.int8)
    others = []
    for i, found in enumerate(lanes):
        if (target := found.everywhere) is not None:
            opened[i] = target.opened
            number[i], frozen[i], _ = channels[target.channel]
        elif found.targets:
            others.append(i)
    codes = reason[inverse]
    channel, early, cold = (
        np.array(column, dtype=np.int64)[inverse] for column in (number, opened, frozen)
    )
    value = batch.value.copy() if others else batch.value
    placed = Placed(channel, codes, early, value, set())
    for i in others:
        _spread_by_date(batch, lanes[i], np.flatnonzero(inverse == i), channels, placed, cold)
    codes[(codes == 0) & (channel == 0)] = CODE["unknown_device"]  # not this device's dates
    codes[(codes == 0) & (batch.ts < early)] = CODE["before_usage_point"]
    codes[(codes == 0) & (batch.ts < cold)] = CODE["frozen"]
    channel[codes != 0] = 0
    placed.limit = np.where(codes == CODE["frozen"], cold, early)
    return placed


def _spread_by_date(
    batch: Batch,
    lane: Lane,
    where: npt.NDArray[np.int64],
    channels: Mapping[ChannelName, Channel],
    placed: Placed,
    cold: Int64Array,
) -> None:
    for target in lane.targets:
        hit = where[(batch.ts[where] >= target.start) & (batch.ts[where] < target.end)]
        placed.limit[hit] = target.opened
        if target.reason:
            placed.reason[hit] = target.reason
            continue
        placed.channel[hit], cold[hit], _ = channels[target.channel]
        if target.worth is not None:
            placed.value[hit], fits = amounts(batch.value[hit], target.worth)
            placed.reason[hit[~fits]] = CODE["out_of_range"]
