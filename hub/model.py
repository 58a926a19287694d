"""The words of the hub as types: what a connector returns and what ingest stores.

Integers all the way. Amounts and registers are whole numbers of the quantity's unit:

=============== ==================
quantity        unit
=============== ==================
energy          mWh
volume          cm3
mass            g
units           1/1000 of the meter's own unit
power           mW
apparent_power  mVA
=============== ==================

Instants are whole seconds since 1970-01-01 UTC, floored at decode.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Literal

import numpy as np
import numpy.typing as npt

Flow = Literal["consumption", "injection", "production"]
Quantity = Literal["energy", "volume", "mass", "units", "power", "apparent_power"]
Kind = Literal["register", "interval", "power"]
PeriodClass = Literal["", "sub-daily", "day", "week", "month"]

Int64Array = npt.NDArray[np.int64]
#: A column of integers: a plain list for a message, an array for a file.
Column = Sequence[int] | Int64Array

TOTAL = "TOTAL"

#: Register names that are parts of a total, by who counts them. Sets never mix.
SUPPLIER_FAMILIES: tuple[frozenset[str], ...] = (
    frozenset({"BASE"}),
    frozenset({"HP", "HC"}),
    frozenset({"HCJB", "HPJB", "HCJW", "HPJW", "HCJR", "HPJR"}),
    frozenset({"HN", "PM"}),
    frozenset(f"F{n}" for n in range(1, 11)),
)
DISTRIBUTOR_FAMILIES: tuple[frozenset[str], ...] = (frozenset({"D1", "D2", "D3", "D4"}),)


class Quality(IntEnum):
    """Stored with a reading: what the source itself says of it."""

    GOOD = 0
    ESTIMATED_BY_SOURCE = 1  # the supplier filled it in
    ARRIVAL_TIME = 2  # no stamp in the payload: the time of arrival
    CORRECTED_BY_SOURCE = 3  # a later, corrected value
    DEGRADED_CLOCK = 4  # the meter says that its clock is not sure
    METER_FAULT = 5  # the meter reports an error of its own


class HubError(Exception):
    """Something a person can act on. The text names what, where and what to do.

    ``french``: the same in French, where a person at the command line may meet it.
    """

    def __init__(self, text: str, french: str | None = None) -> None:
        super().__init__(text)
        self.french = french

    def told(self, language: str) -> str:
        """The text in a person's language."""
        return self.french if language == "fr" and self.french is not None else str(self)


class DecodeError(HubError):
    """A payload as a whole cannot be read. ``reason`` is a code of :data:`REASONS`."""

    def __init__(self, reason: str, **detail: object) -> None:
        if reason not in REASONS:
            raise KeyError(f"unknown reason code {reason!r}; add it to hub.model.REASONS")
        self.reason = reason
        self.detail = detail
        super().__init__(reason_text(reason, "en", detail), reason_text(reason, "fr", detail))


#: Why a row or payload was not taken: code -> (French, English), with {placeholders}.
REASONS: Mapping[str, tuple[str, str]] = {
    "not_json": ("ce n'est pas du JSON valide ({error})", "not valid JSON ({error})"),
    "not_xml": ("ce n'est pas du XML valide ({error})", "not valid XML ({error})"),
    "bad_checksum": (
        "somme de contrôle fausse : {value}",
        "wrong checksum: {value}",
    ),
    "encrypted": (
        "message chiffré : donnez la clé au logiciel qui le reçoit ({value})",
        "encrypted: give the key to the software that receives it ({value})",
    ),
    "no_codec": (
        "octets illisibles ici : donnez à l'appareil un décodeur sur le serveur LoRaWAN ({value})",
        "bytes the hub cannot read: give the device a codec on its LoRaWAN server ({value})",
    ),
    "no_readings": (
        "{value} : ce format ne contient pas de relevé",
        "{value}: this format holds no readings",
    ),
    "not_text": (
        "le texte n'est pas lisible (encodage inconnu)",
        "the text cannot be read (unknown encoding)",
    ),
    "not_this_format": (
        "ce n'est pas le format {connector} : {error}",
        "not the format {connector}: {error}",
    ),
    "too_large": (
        "trop grand : {bytes} octets, {limit} au plus",
        "too large: {bytes} bytes, {limit} at most",
    ),
    "no_connector": (
        "aucun connecteur ne lit ce sujet ; ajoutez-le à hub.toml",
        "no connector reads this topic; add it to hub.toml",
    ),
    "foreign_topic": (
        "cette description parle d'un sujet qui n'est pas de son foyer : {value}",
        "this description tells of a topic that is not its household's: {value}",
    ),
    "bad_number": ("« {value} » n'est pas un nombre", "'{value}' is not a number"),
    "bad_time": ("« {value} » n'est pas une date ou une heure", "'{value}' is not a time"),
    "bad_unit": ("unité inattendue « {value} »", "unexpected unit '{value}'"),
    "bad_name": ("nom inattendu « {value} »", "unexpected name '{value}'"),
    "missing_column": ("il manque la colonne « {column} »", "column '{column}' is missing"),
    "missing_time": ("montant sans date ni heure", "an amount without a time"),
    "unknown_step": (
        "pas de temps inconnu : l'énergie ne peut être calculée",
        "unknown step: the energy cannot be computed",
    ),
    "ambiguous_time": (
        "heure ambiguë au passage à l'heure d'hiver : {value}",
        "ambiguous time on the October night: {value}",
    ),
    "sentinel": ("valeur sentinelle du compteur : {value}", "the meter's sentinel value: {value}"),
    "out_of_range": ("valeur hors des bornes : {value}", "value out of range: {value}"),
    "too_early": (
        "date antérieure au {limit} : une horloge jamais réglée",
        "time before {limit}: a clock that was never set",
    ),
    "too_late": (
        "date dans le futur (arrivée le {limit})",
        "time in the future (arrived {limit})",
    ),
    "before_usage_point": (
        "d'avant le {limit}, où commence ce qui est pris (ouverture, emménagement ou accord)",
        "before {limit}, where what is taken begins (opened, moved in or consented)",
    ),
    "frozen": (
        "période figée (antérieure au {limit}) : plus aucune donnée n'y entre",
        "frozen period (before {limit}): nothing more enters it",
    ),
    "unknown_device": (
        "appareil inconnu {connector}/{device} : déclarez-le dans le registre",
        "unknown device {connector}/{device}: add it to the registry",
    ),
    "unknown_usage_point": (
        "point de livraison inconnu {value} : déclarez-le dans le registre",
        "unknown usage point {value}: add it to the registry",
    ),
    "other_usage_point": (
        "le fichier est de {value}, inconnu, et non de {given} : déclarez {value} dans le registre",
        "the file is of {value}, which is unknown, and not of {given}: add {value} to the registry",
    ),
    "missing_usage_point": (
        "le fichier tait son point de livraison : donnez-le (--usage-point, champ usage_point)",
        "the file does not tell its usage point: give it (--usage-point, field usage_point)",
    ),
    "not_allowed": (
        "cet expéditeur n'écrit pas pour {device} : déclarez-le sur un point de livraison à lui",
        "this sender does not write for {device}: register it at one of the sender's usage points",
    ),
    "no_meter": (
        "cela ne parle d'aucun compteur : la météo et les calendriers viennent de la mairie",
        "this tells of no meter: weather and calendars come from the town hall",
    ),
    "too_costly": (
        "le décodage a dépassé {limit} ; découpez le fichier",
        "decoding took more than {limit}; split the file",
    ),
    "decoder_died": (
        "le processus de décodage est mort ({value}) ; réessayez, puis signalez ce fichier",
        "the decoding process died ({value}); try again, then report this file",
    ),
    "unknown_format": (
        "format inconnu. Débuts de lignes : {value}",
        "format not known. First lines: {value}",
    ),
    "unrecognised": (
        "format inconnu ; les plus proches : {nearest}. Débuts de lignes : {value}",
        "format not known; nearest: {nearest}. First lines: {value}",
    ),
    "several_formats": (
        "plusieurs formats conviennent : {value} ; choisissez (--format, champ format)",
        "several formats fit: {value}; choose one (--format, field format)",
    ),
    "messages": (
        "ce sont des messages MQTT, à envoyer au courtier ; connecteurs qui les y lisent : {value}",
        "these are MQTT messages, to be sent to the broker; connectors that read them: {value}",
    ),
    "empty_file": ("le fichier est vide", "the file is empty"),
    "no_rows": (
        "le fichier ne contient aucune donnée ({value})",
        "the file holds no data ({value})",
    ),
    "is_pdf": (
        "c'est un PDF : demandez au portail un export CSV, Excel, JSON ou XML",
        "this is a PDF: ask the portal for an export in CSV, Excel, JSON or XML",
    ),
    "is_picture": (
        "c'est une image : le hub lit les exports (CSV, Excel, JSON, XML), pas les photos",
        "this is a picture: the hub reads exports (CSV, Excel, JSON, XML), not photographs",
    ),
    "is_web_page": (
        "c'est une page web (de connexion ?), non un export : téléchargez de nouveau l'export",
        "this is a web page (to log in?), not an export: download the export again",
    ),
    "is_old_office": (
        "c'est un ancien fichier Office (.xls, .xlsb, .doc) : enregistrez-le en .xlsx ou en CSV",
        "this is an old office file (.xls, .xlsb, .doc): save the table as .xlsx or CSV",
    ),
    "is_open_document": (
        "c'est un document LibreOffice (.ods, .odt) : enregistrez le tableau en .xlsx ou en CSV",
        "this is a LibreOffice document (.ods, .odt): save the table as .xlsx or CSV",
    ),
    "is_document": (
        "c'est un document de texte ou de présentation, non un tableau de relevés",
        "this is a text document or a presentation, not a table of readings",
    ),
    "is_database": (
        "c'est une base de données ({value}) : exportez-en les relevés en CSV ou en JSON",
        "this is a database ({value}): export its readings as CSV or JSON",
    ),
    "is_archive": (
        "c'est une archive {value}, que le hub n'ouvre pas : refaites-la en ZIP",
        "this is a {value} archive, which the hub does not open: make it a ZIP",
    ),
    "broken_archive": (
        "archive ou classeur Excel incomplet ou abîmé ({error}) : téléchargez-le de nouveau",
        "an archive or Excel workbook that is incomplete or damaged ({error}): download it again",
    ),
    "nested_archive": (
        "une archive dans une archive dans une archive : envoyez-la seule",
        "an archive in an archive in an archive: send it alone",
    ),
    "empty_archive": ("l'archive ne contient aucun fichier", "the archive holds no file"),
    "protected_archive": (
        "protégé par un mot de passe : ouvrez l'archive et envoyez le fichier lui-même",
        "protected by a password: open the archive and send the file itself",
    ),
    "unknown_packing": (
        "compressé d'une façon que le hub ne lit pas ({error}) : refaites un ZIP ordinaire",
        "packed in a way that the hub does not read ({error}): make an ordinary ZIP",
    ),
    "too_many_files": (
        "l'archive contient {value} fichiers, {limit} au plus : partagez-la",
        "the archive holds {value} files, {limit} at most: split it",
    ),
    "unpacks_too_large": (
        "décompressée, l'archive dépasse {limit} octets : partagez-la",
        "unpacked, the archive is larger than {limit} bytes: split it",
    ),
    "unpacks_too_far": (
        "un octet en donnerait {value}, {limit} au plus : ce n'est pas une archive de relevés",
        "one byte would become {value}, {limit} at most: this is no archive of readings",
    ),
    "no_file": ("fichier illisible : {error}", "the file cannot be read: {error}"),
    "not_stored": (
        "refusé à l'enregistrement : {error}",
        "refused when it was to be stored: {error}",
    ),
    "busy": (
        "le hub était occupé ou sa base de données absente : renvoyez ce fichier plus tard",
        "the hub was busy or its database away: send this file again later",
    ),
    "retained": (
        "message conservé par le serveur : ce n'est pas un relevé",
        "a retained message is not a reading",
    ),
    "duplicate_row": (
        "le fichier donne deux valeurs différentes pour ce moment ; la dernière compte",
        "the file gives two values for this moment; the last one counts",
    ),
    "wrong_quantity": (
        "« {commodity} » ne se compte pas en {value}",
        "{commodity} is not measured in {value}",
    ),
    "no_pulse": (
        "{connector}/{device} compte des impulsions : donnez leur valeur (table device, pulse)",
        "{connector}/{device} counts pulses: say what one is worth (table device, column pulse)",
    ),
    "wrong_commodity": (
        "{value} n'est ni un point de livraison ({commodity}), ni un appareil d'un tel point",
        "{value} is neither a usage point of {commodity} nor a device of one",
    ),
}


#: Commodities in French and in English, as reasons say them.
COMMODITY_WORDS: Mapping[str, tuple[str, str]] = {
    "electricity": ("électricité", "electricity"),
    "gas": ("gaz", "gas"),
    "water": ("eau", "water"),
    "solar": ("production solaire", "solar production"),
    "heat": ("chaleur", "heat"),
}


def reason_text(reason: str, language: str, detail: Mapping[str, object]) -> str:
    """The reason in French ("fr") or English, its placeholders filled from ``detail``."""
    text = REASONS[reason][0 if language == "fr" else 1]
    said = _Blank(detail)
    if isinstance(commodity := detail.get("commodity"), str):
        words = COMMODITY_WORDS.get(commodity, (commodity, commodity))
        said["commodity"] = words[0 if language == "fr" else 1]
    return text.format_map(said)


class _Blank(dict[str, object]):
    """A missing placeholder reads '?', so that telling an error never raises another."""

    def __missing__(self, key: str) -> str:
        return "?"


@dataclass(frozen=True, slots=True)
class ChannelKey:
    """What a series of readings is, as the connector knows it.

    ``device`` is the meter's own id (a PRM or PCE in a portal's file), never the gateway's.
    ``commodity``: '' where the device counts pulses (quantity units) and does not know of what: its
    usage point tells, and which way it flows, too.
    ``period``: what an interval's period is where the source states it ("Novembre 2020"), however
    little of it was cut out; "": its length tells.
    """

    device: str
    commodity: str
    flow: Flow
    quantity: Quantity
    register: str
    kind: Kind
    input: str = ""
    period: PeriodClass = ""


@dataclass(slots=True)
class Series:
    """Readings of one channel, as columns of equal length n.

    ts: seconds since 1970 UTC: the START of an interval, the instant of a register or a power.
    value: in the integer unit of ``key.quantity``.
    seconds: length of each interval (> 0); None for registers and power.
    row: number of the source's row (a line of a file, a record of a message), from 1; several
    readings may share a row. None: all come from row 1.
    quality: codes of :class:`Quality`; None: all good.
    """

    key: ChannelKey
    ts: Column
    value: Column
    seconds: Column | None = None
    row: Column | None = None
    quality: Column | None = None

    def __post_init__(self) -> None:
        count = len(self.ts)
        for column in (self.value, self.seconds, self.row, self.quality):
            if column is not None and len(column) != count:
                raise ValueError(f"columns of {self.key} have different lengths")
        if (self.key.kind == "interval") != (self.seconds is not None):
            raise ValueError(f"{self.key}: intervals, and only intervals, have seconds")


@dataclass(frozen=True, slots=True)
class Gap:
    """A row in which the source says "nothing" (empty, null, "Absence de Données")."""

    row: int
    start: int | None = None
    end: int | None = None
    column: str | None = None


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that was not taken: ``reason`` is a code of :data:`REASONS`.

    ``line`` is the line of the file as a person counts it, from 1, where the source has lines.
    """

    row: int
    reason: str
    column: str | None = None
    value: str | None = None
    line: int | None = None
    detail: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MeterEvent:
    """A closing and an opening register at an instant; None where unknown."""

    device: str
    commodity: str
    at: int
    kind: Literal["install", "replacement", "rollover", "register-set"]
    flow: Flow = "consumption"
    register: str = ""
    closing: int | None = None
    opening: int | None = None


@dataclass(frozen=True, slots=True)
class ContextPoint:
    """Temperature, CO2 intensity, Tempo colour: ``series`` names it and its place.

    ``device``, ``commodity``: the meter it is of, as in :class:`ChannelKey`; '' for what is of none
    (the weather). Who may not tell readings of a meter may not tell this of it either.
    ``row``: the source's row that is there for this point, from 1; 0: it is told beside readings,
    and what becomes of them is what became of the row.
    """

    series: str
    ts: int
    value: float | None = None
    label: str | None = None
    device: str = ""
    commodity: str = ""
    row: int = 0


@dataclass(frozen=True, slots=True)
class Note:
    """How something was decided, for the load report: code, French and English text.

    unread: for this reason something that looked like a reading was left aside; of a message a
    person learns it by `hub doctor`. about: the sensor it is of; '' for the whole payload.
    """

    code: str
    fr: str
    en: str
    unread: bool = False
    about: str = ""


@dataclass(slots=True)
class Decoded:
    """What a connector makes of a payload. Nothing that was read is left out:

    rows = rows with a reading or a context point of their own + rows only in ``gaps`` + rows in
    ``rejects`` + ``ignored``.
    lines: the line of each row as a person counts it, where the source has lines.
    """

    rows: int
    series: list[Series] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    events: list[MeterEvent] = field(default_factory=list)
    context: list[ContextPoint] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    ignored: int = 0
    lines: Sequence[int] | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """What a connector may know beside the bytes.

    received_at: arrival, seconds since 1970 UTC. zone: IANA name of local times.
    device: the usage point's or device's id given by the person who loads a file that tells none.
    companions: latest payloads of the same device's other topics (topic -> bytes), and what
    descriptions elsewhere say of this topic (see :mod:`connectors`).
    """

    received_at: int
    zone: str = "Europe/Paris"
    topic: str = ""
    file_name: str = ""
    retained: bool = False
    device: str = ""
    companions: Mapping[str, bytes] = field(default_factory=dict)


_DAY = 86_400


def period_class(seconds: int) -> PeriodClass:
    """The class an interval of this length belongs to.

    A local day has 23 to 25 hours, so up to 25 hours is a day; below 23 is sub-daily.
    """
    if seconds < 23 * 3600:
        return "sub-daily"
    if seconds <= 25 * 3600:
        return "day"
    return "week" if seconds <= 8 * _DAY else "month"


#: Longest interval of each class, seconds; a longer one is refused (out_of_range).
LONGEST: Mapping[str, int] = {
    "sub-daily": 23 * 3600,
    "day": 25 * 3600,
    "week": 8 * _DAY,
    "month": 400 * _DAY,
}
