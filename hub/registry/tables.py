"""The registry's tables as files: their columns, their keys, and the order they depend on."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

ColumnType = Literal["text", "int", "number", "date", "instant", "flag", "json", "pulse"]

#: Factor of amounts in the commodity's printed unit (kWh, m3, kg): 10^6, 10^6, 10^3.
BY_UNIT = -1

#: Rows of these columns may be taken back with ``action`` = ``remove``.
ACTION = "action"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a CSV file. ``refers`` names the table whose ref or code it holds.

    ``prefixed``: a text that begins with this table's name and a colon holds its ref or code too.
    Numbers lie between ``least`` and ``most``. ``stored`` is the store's column, "" where it has
    none; ``factor`` turns the printed unit into the stored integer, :data:`BY_UNIT` by the
    commodity's unit; ``blank`` is what an empty cell is stored as.
    """

    name: str
    type: ColumnType = "text"
    required: bool = False
    choices: tuple[str, ...] = ()
    default: str = ""
    refers: str = ""
    prefixed: str = ""
    about: str = ""
    least: float = -math.inf
    most: float = math.inf
    stored: str | None = None
    factor: int = 0
    blank: str | None = None

    @property
    def target(self) -> str:
        """Name of the column in the store, "" if it is not stored."""
        return self.name if self.stored is None else self.stored


@dataclass(frozen=True, slots=True)
class Table:
    """One kind of file. ``key`` names the columns that make two rows the same fact.

    ``identity`` are the key columns that carry the thing's number through all its versions, empty
    for facts that have none. ``exclusive`` are the (stored) columns that may have one row at a
    time.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    identity: tuple[str, ...] = ()
    exclusive: tuple[str, ...] = ()

    @property
    def id_column(self) -> str:
        """The store's column with the thing's number, "" for facts."""
        return f"{self.name}_id" if self.identity else ""

    @property
    def targets(self) -> tuple[str, ...]:
        """Stored columns in order, after the number where there is one."""
        own = (self.id_column,) if self.identity else ()
        return own + tuple(c.target for c in self.columns if c.target)

    @property
    def removable(self) -> bool:
        """Whether a row can be taken back: facts can, things with a number stay."""
        return not self.identity

    @property
    def required(self) -> frozenset[str]:
        """Columns without which a header is not this table's."""
        return frozenset(c.name for c in self.columns if c.required)

    @property
    def known(self) -> frozenset[str]:
        """Every column a file of this table may have."""
        return frozenset(c.name for c in self.columns) | ({ACTION} if self.removable else set())


_FROM = Column("valid_from", "date", about="first local day; empty = always")
_TO = Column("valid_to", "date", about="local day after the last; empty = open")
#: Tells usage points of one ref apart; only there for that.
_COMMODITY = Column("commodity", refers="commodity", stored="")
_FLOWS = ("consumption", "injection", "production")
_EVENTS = ("install", "replacement", "rollover", "register-set")

TABLES: tuple[Table, ...] = (
    Table(
        "area",
        (
            Column("code", required=True, about="INSEE or IRIS code"),
            Column("name", required=True),
            Column("kind", required=True, choices=("iris", "arrondissement", "city")),
            Column(
                "parent", refers="area", stored="parent_id", about="code of the area it lies in"
            ),
            Column(
                "tile_column", "int", least=0, most=9999, about="place on the schematic tile map"
            ),
            Column("tile_row", "int", least=0, most=9999),
            Column("geometry", "json", about="GeoJSON geometry; usually from a GeoJSON file"),
            Column("cog_year", "int", least=1900, most=2200, about="of the official code list"),
            _FROM,
            _TO,
        ),
        key=("code", "valid_from"),
        identity=("code",),
        exclusive=("area_id",),
    ),
    Table(
        "dwelling",
        (
            Column("ref", required=True, about="the operator's own reference, never an address"),
            Column(
                "area", required=True, refers="area", stored="area_id", about="code of its IRIS"
            ),
            Column("kind", choices=("flat", "house")),
            Column("surface_m2", "int", least=1),
            Column("heating", about="electric, gas, district, ..."),
            _FROM,
            _TO,
        ),
        key=("ref", "valid_from"),
        identity=("ref",),
        exclusive=("dwelling_id",),
    ),
    Table(
        "household",
        (
            Column("ref", required=True, about="what 'hub link' and the API take"),
            Column("people", "int", least=1, most=9999),
            Column("simulated", "flag", default="0"),
            _FROM,
            _TO,
        ),
        key=("ref",),
        identity=("ref",),
    ),
    Table(
        "occupancy",
        (
            Column("household", required=True, refers="household", stored="household_id"),
            Column("dwelling", required=True, refers="dwelling", stored="dwelling_id"),
            Column("valid_from", "date", about="day of moving in; empty = always"),
            Column("valid_to", "date", about="day of moving out; empty = still there"),
        ),
        key=("household", "dwelling", "valid_from"),
        exclusive=("dwelling_id",),
    ),
    Table(
        "usage_point",
        (
            Column("ref", required=True, about="PRM, PCE, the water contract's number, ..."),
            Column("commodity", required=True, refers="commodity"),
            Column("dwelling", required=True, refers="dwelling", stored="dwelling_id"),
            Column(
                "subscribed_kva",
                "number",
                least=0,
                most=1e6,
                stored="subscribed_va",
                factor=1000,
                about="electricity: subscribed apparent power",
            ),
            Column("pipe_mm", "int", least=1, most=9999, about="gas, water: nominal diameter"),
            Column(
                "register_digits",
                "int",
                least=1,
                most=12,
                about="digits before a register starts again at 0, in kWh or m3",
            ),
            Column(
                "resolution",
                "number",
                least=0,
                most=1e6,
                factor=BY_UNIT,
                about="smallest step of its registers, kWh or m3",
            ),
            _FROM,
            _TO,
        ),
        key=("commodity", "ref", "valid_from"),
        identity=("commodity", "ref"),
        exclusive=("usage_point_id",),
    ),
    Table(
        "device",
        (
            Column("connector", required=True, about="see 'hub formats'"),
            Column("ref", required=True, about="the meter's own id as the connector gives it"),
            Column("usage_point", required=True, refers="usage_point", stored="usage_point_id"),
            _COMMODITY,
            Column(
                "input", blank="", about="tells two meters of one usage point apart; usually empty"
            ),
            Column(
                "pulse",
                "pulse",
                about="what one count is worth, where the device tells a bare number: `10 l`,"
                " `0.01 m3`, `1 Wh`, `1000 imp/kWh`",
            ),
            _FROM,
            _TO,
        ),
        key=("connector", "ref", "commodity", "valid_from"),
        exclusive=("connector", "ref", "commodity"),
    ),
    Table(
        "club",
        (
            Column("code", required=True),
            Column("name", required=True),
            _FROM,
            _TO,
        ),
        key=("code",),
        identity=("code",),
    ),
    Table(
        "club_member",
        (
            Column("club", required=True, refers="club", stored="club_id"),
            Column("household", required=True, refers="household", stored="household_id"),
            _FROM,
            _TO,
        ),
        key=("club", "household", "valid_from"),
        exclusive=("club_id", "household_id"),
    ),
    Table(
        "consent",
        (
            Column("household", required=True, refers="household", stored="household_id"),
            Column(
                "purpose",
                required=True,
                prefixed="club",
                about="area-totals, club:<code> (code of `club`), collect (ask a portal for it)",
            ),
            Column("commodity", refers="commodity", about="empty = every commodity"),
            Column("granularity", choices=("half-hour", "day", "month"), default="half-hour"),
            Column("valid_from", "date", about="local day it was given; empty = always"),
            Column("valid_to", "date", about="local day it was withdrawn; empty = in force"),
        ),
        key=("household", "commodity", "purpose", "valid_from"),
        exclusive=("household_id", "commodity", "purpose"),
    ),
    Table(
        "meter_event",
        (
            Column("usage_point", required=True, refers="usage_point", stored="usage_point_id"),
            _COMMODITY,
            Column("at", "instant", required=True, about="instant with its offset, or local time"),
            Column("kind", required=True, choices=_EVENTS),
            Column("flow", choices=_FLOWS, default="consumption"),
            Column(
                "register",
                blank="",
                about="empty = all; then `closing` and `opening` are those of the total",
            ),
            Column(
                "closing",
                "number",
                factor=BY_UNIT,
                about="last of the old meter, kWh or m3; empty = unknown, but of a `register-set`:"
                " the register joined the set",
            ),
            Column(
                "opening",
                "number",
                factor=BY_UNIT,
                about="first of the new meter, kWh or m3; empty = unknown, but of a `register-set`:"
                " the register left the set",
            ),
            Column("source", default="operator"),
        ),
        key=("usage_point", "flow", "register", "at"),
    ),
    Table(
        "factor",
        (
            Column("name", required=True, about="gas_coefficient, co2_electricity, ..."),
            Column("scope", blank="", about="area code or network zone; empty = everywhere"),
            Column("value", "number", required=True),
            Column("unit", required=True),
            Column("source", required=True),
            Column("provisional", "flag", default="0"),
            _FROM,
            _TO,
        ),
        key=("name", "scope", "valid_from"),
        exclusive=("name", "scope"),
    ),
    Table(
        "tariff",
        (
            Column("commodity", required=True, refers="commodity"),
            Column("price", "number", required=True, about="euros, taxes included"),
            Column("unit", required=True, about="per kWh, m3 or day"),
            Column("source", required=True),
            Column(
                "usage_point",
                refers="usage_point",
                stored="usage_point_id",
                about="empty = everyone's default",
            ),
            Column("register", default="TOTAL"),
            Column("provisional", "flag", default="0"),
            _FROM,
            _TO,
        ),
        key=("usage_point", "commodity", "register", "unit", "valid_from"),
        exclusive=("usage_point_id", "commodity", "register", "unit"),
    ),
)

#: Tables in the order in which they are imported: what is referred to comes first.
BY_NAME = {table.name: table for table in TABLES}


def recognise(header: Iterable[str]) -> Table | None:
    """The table whose file has this header: all its required columns and no column of others."""
    names = frozenset(header)
    fitting = [t for t in TABLES if t.required <= names <= t.known]
    # A table whose required columns include another's is the closer match.
    return max(fitting, key=lambda t: len(t.required), default=None)


def nearest(header: Iterable[str]) -> tuple[Table, frozenset[str], frozenset[str]]:
    """The table that comes closest, the columns it misses and the columns it does not know."""
    names = frozenset(header)
    best = min(TABLES, key=lambda t: (len(t.required - names) + len(names - t.known), t.name))
    return best, best.required - names, names - best.known


def documentation() -> str:
    """The tables and their columns as Markdown, for docs/operator/registry.md."""
    parts = []
    for table in TABLES:
        rows = [_documented(column) for column in table.columns]
        key = ", ".join(f"`{k}`" for k in table.key)
        parts.append(
            f"### {table.name}\n\n| column | values | |\n|---|---|---|\n"
            + "\n".join(rows)
            + f"\n\nKey: {key}.\n"
        )
    return "\n".join(parts)


def _documented(column: Column) -> str:
    values = " / ".join(f"`{c}`" for c in column.choices) or column.type
    if column.refers:
        values = f"ref of `{column.refers}`" if column.refers != "commodity" else "commodity"
    name = f"**`{column.name}`**" if column.required else f"`{column.name}`"
    told = [column.about] if column.about else []
    told += [f"default `{column.default}`"] if column.default else []
    return f"| {name} | {values} | {'; '.join(told)} |"
