"""The report of a load in lines of text, made of its JSON. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from hub.model import TOTAL
from hub.words import Forms, agree, length, visible

#: Outcome -> of one and of several rows in French; in English.
OUTCOMES: dict[str, tuple[Forms, str]] = {
    "accepted": (("acceptée", "acceptées"), "accepted"),
    "unchanged": (("inchangée", "inchangées"), "unchanged"),
    "revised": (("révisée", "révisées"), "revised"),
    "rejected": (("rejetée", "rejetées"), "rejected"),
    "gap": (("sans valeur", "sans valeur"), "without a value"),
    "ignored": (("ignorée", "ignorées"), "ignored"),
}
#: What became of a meter event -> of one and of several in French; in English.
_EVENTS: dict[str, tuple[Forms, str]] = {
    "added": (("enregistré", "enregistrés"), "recorded"),
    "changed": (("corrigé", "corrigés"), "corrected"),
    "unchanged": (("déjà connu", "déjà connus"), "known already"),
    "refused": (("d'un autre point", "d'autres points"), "of other usage points"),
}
_READ: tuple[Forms, Forms] = (("ligne lue", "lignes lues"), ("row read", "rows read"))
_READING: tuple[Forms, Forms] = (("relevé", "relevés"), ("reading", "readings"))
_STRETCH: tuple[Forms, Forms] = (("période", "périodes"), ("stretch", "stretches"))
#: What a channel's readings are called, by its kind.
_READINGS: dict[str, tuple[Forms, Forms]] = {
    "interval": (("quantité", "quantités"), ("amount", "amounts")),
    "register": (("index", "index"), ("register", "registers")),
    "power": (
        ("puissance, montrée en direct seulement", "puissances, montrées en direct seulement"),
        ("power, shown live only", "powers, shown live only"),
    ),
}
#: Period class -> its step, in French and in English.
_PERIODS = {
    "day": ("1 jour", "1 day"),
    "week": ("1 semaine", "1 week"),
    "month": ("1 mois ou plus", "1 month or more"),
}
#: Period class -> how often, in French and in English.
_EVERY = {
    "day": ("par jour", "by day"),
    "week": ("par semaine", "by week"),
    "month": ("par mois", "by month"),
}
#: So many channels, streams and missing stretches stand in the text; the JSON has more.
_CHANNELS, _STRETCHES = 20, 5

#: Reasons of rows whose value is the instant that they tell of.
OF_TIME = frozenset({"too_early", "too_late", "before_usage_point", "frozen", "no_meter"})

Told = Mapping[str, Any]


class Refused(NamedTuple):
    """Rows refused for the same: their lines, their numbers, one that stands for all of them, and
    from when to when they tell where the reason is one of time."""

    lines: list[int]
    rows: set[int]
    reject: Told
    span: Told | None


def lines(report: Told, language: str, *, dry_run: bool = False) -> Iterator[str]:
    """A report in lines: what became of the rows, how it was read, what it holds, what was refused.

    ``report`` has its texts in ``language`` (see ``hub.intake.report.spoken``).
    """
    french = language == "fr"
    colon = " :" if french else ":"
    if report["problem"] is not None:
        yield visible(f"{report['file']}{colon} {report['problem']['text']}")
        return
    name = _name(report, french=french, dry_run=dry_run)
    rows = rows_line(report, language)
    by = ", ".join(filter(None, (report["connector"], name)))
    yield visible(f"{report['file']}{colon} {by}. {rows}")
    if changed := [
        agree(report["events"][name], forms, (english, english), language)
        for name, (forms, english) in _EVENTS.items()
        if report["events"][name]
    ]:
        head = "événements de compteur" if french else "meter events"
        yield f"  - {head}{colon} {', '.join(changed)}"
    for note in report["notes"]:
        yield visible(f"  - {note['text']}")
    for channel in report["channels"][:_CHANNELS]:
        yield visible(f"  - {_channel(channel, language)}")
    left = report["channels_left"] + len(report["channels"][_CHANNELS:])
    if left:
        yield f"  - {'et' if french else 'and'} {left} {'autres' if french else 'more'}"
    if report["gaps"]["count"]:
        said = "la source ne dit rien" if french else "the source says nothing"
        yield visible(f"  - {said}{colon} {stretches(report['gaps'], language)}")
    said_of = [counted for counted in report["counting"] if not is_plain(counted)]
    for counted in said_of[:_CHANNELS]:
        stream = f"{counted['commodity']}/{counted['flow']} {counted['usage_point']}"
        yield visible(f"  - {stream}{colon} {counted['text']}")
    for line in reject_lines(report["rejects"], language):
        yield f"  {line}"


def rows_line(report: Told, language: str) -> str:
    """ "91 lignes lues : 78 acceptées, 13 sans valeur"."""
    colon = " :" if language == "fr" else ":"
    read = agree(report["rows"], *_READ, language)
    return f"{read}{colon} {outcomes(report, language) or '-'}"


def outcomes(report: Told, language: str) -> str:
    """ "78 acceptées, 13 sans valeur": the outcomes that rows have.

    Where rows hold several readings these are told too: an undo counts them.
    """
    told = ", ".join(
        agree(report[name], french, (english, english), language)
        for name, (french, english) in OUTCOMES.items()
        if report[name]
    )
    rows = report["accepted"] + report["unchanged"] + report["revised"]
    if report["readings"] in (0, rows):
        return told
    return f"{told} ({agree(report['readings'], *_READING, language)})"


def stretches(missing: Told, language: str) -> str:
    """ "2 périodes (13 h) : du 2026-11-20 02:00 au ..., ..." """
    french = language == "fr"
    count = agree(missing["count"], *_STRETCH, language)
    first = [between(one, language) for one in missing["first"][:_STRETCHES]]
    more = ", ..." if missing["count"] > len(first) else ""
    span = length(missing["seconds"], language)
    return f"{count} ({span}){' :' if french else ':'} {', '.join(first)}{more}"


def between(told: Told, language: str) -> str:
    """ "du 2026-11-20 02:00 au 2026-11-21 00:00"; "le 2026-11-20 02:00" where both are one."""
    start, end = instant(told["from"]), instant(told["to"])
    if language == "fr":
        return f"du {start} au {end}" if start != end else f"le {start}"
    return f"from {start} to {end}" if start != end else f"at {start}"


def counting(feeds: Sequence[Told], language: str) -> str:
    """Which registers and which source count, in one sentence."""
    french = language == "fr"
    own = next(feed for feed in feeds if feed["this_file"])
    parts = [_registers(own, french=french)]
    if len(feeds) > 1:
        named = [_source(feed, french=french) for feed in feeds]
        parts.append(
            (
                "plusieurs sources : chaque jour, celle qui le couvre le mieux, et à égalité dans "
                "cet ordre : "
                if french
                else "several sources: each day the one that covers it best, and of equals in this "
                "order: "
            )
            + ", ".join(named)
        )
    return ("; " if not french else " ; ").join(parts)


def is_plain(counted: Told) -> bool:
    """Whether there is nothing to say of a stream: one source, and it tells the total alone."""
    return len(counted["sources"]) == 1 and counted["sources"][0]["registers"] == [TOTAL]


def _registers(feed: Told, *, french: bool) -> str:
    if not feed["counts"]:
        names = ", ".join(feed["registers"])
        told = "n'est partie d'aucun total connu" if french else "is part of no known total"
        return f"{names} {told}"
    names = " + ".join(feed["counts"])
    verb = ("compte" if len(feed["counts"]) == 1 else "comptent") if french else "counts"
    told = f"{verb} : {names}" if french else f"{verb}: {names}"
    if feed["beside"]:
        told += f" ({', '.join(feed['beside'])} {'à côté' if french else 'beside it'})"
    return told


def _source(feed: Told, *, french: bool) -> str:
    rank = "rang" if french else "rank"
    this = (", ce fichier" if french else ", this file") if feed["this_file"] else ""
    kind = kind_words(feed, "fr" if french else "en")
    return f"{feed['source']} ({kind}, {rank} {feed['rank']}{this})"


def kind_words(of: Told, language: str) -> str:
    """What a channel or source tells: "index", "quantités", "quantités par jour"."""
    kind = _READINGS[of["kind"]][language != "fr"][1]
    every = _EVERY.get(of["period"])
    return f"{kind} {every[language != 'fr']}" if every else kind


def _channel(channel: Told, language: str) -> str:
    french = language == "fr"
    name = f"{channel['commodity']}/{channel['flow']}/{channel['register']}"
    whose = "/".join(part for part in (channel["device"], channel["input"]) if part)
    parts = [f"{readings(channel, language)} {between(channel, language)}"]
    if channel["step"]:
        step = step_words(channel["step"], channel["period"], language)
        parts.append(f"{'pas' if french else 'step'} {step}")
    if channel["total"] is not None:
        parts.append(f"total {amount(channel, language)}")
    if channel["missing"]["count"]:
        missing = "il manque" if french else "missing"
        parts.append(f"{missing} {stretches(channel['missing'], language)}")
    return f"{name} {whose}{' :' if french else ':'} {', '.join(parts)}"


def readings(channel: Told, language: str) -> str:
    """ "91 quantités", "264 index"."""
    return agree(channel["readings"], *_READINGS[channel["kind"]], language)


def step_words(step: int | None, period: str, language: str) -> str:
    """A step; days, weeks and months are no number of hours."""
    if period in _PERIODS:
        return _PERIODS[period][language != "fr"]
    return length(step or 0, language)


def amount(channel: Told, language: str) -> str:
    """A channel's total with its unit."""
    text = f"{channel['total']:.6f}".rstrip("0").rstrip(".")
    return f"{text.replace('.', ',') if language == 'fr' else text} {channel['unit']}"


def instant(told: str) -> str:
    """ "2026-11-20 02:00", local; the seconds where they are not 0."""
    try:
        moment = datetime.fromisoformat(told)
    except ValueError:  # beyond any calendar
        return told
    return f"{moment:%Y-%m-%d %H:%M:%S}" if moment.second else f"{moment:%Y-%m-%d %H:%M}"


def reject_lines(rejects: Sequence[Told], language: str) -> Iterator[str]:
    """Rows, column, value and reason; rows refused for the same are told together."""
    french = language == "fr"
    for refused in grouped(rejects):
        numbers, reject = refused.lines, refused.reject
        column = f", {'colonne' if french else 'column'} {reject['column']}" * bool(
            reject["column"]
        )
        told = reject["text"]
        if refused.span is not None:
            told = f"[{between(refused.span, language)}] {told}"
        elif reject["value"] is not None and reject["value"] not in told:
            told = f"[{reject['value']}] {told}"
        one, many = ("ligne", "lignes") if french else ("row", "rows")
        several = numbers[0] != numbers[-1]
        colon = " :" if french else ":"
        yield visible(f"{many if several else one} {ranges(numbers)}{column}{colon} {told}")


def grouped(rejects: Sequence[Told]) -> list[Refused]:
    """The refused rows by why.

    Values that the reason itself does not tell apart are; instants are a span.
    """
    found: dict[tuple[str, str, str], list[Told]] = {}
    for reject in rejects:
        value = reject["value"] if reject["value"] not in (None, "") else ""
        alike = reject["reason"] in OF_TIME or (value and value in reject["text"])
        key = (reject["column"] or "", "" if alike else value, _kind(reject))
        found.setdefault(key, []).append(reject)
    return [_refused(alike) for alike in found.values()]


def _kind(reject: Told) -> str:
    """What alike rejects have in common: those of the future came at slightly other moments."""
    return "too_late" if reject["reason"] == "too_late" else str(reject["text"])


def _refused(alike: Sequence[Told]) -> Refused:
    lines = [reject["line"] or reject["row"] for reject in alike]
    rows = {reject["row"] for reject in alike}
    first = alike[0]
    if first["reason"] not in OF_TIME or first["value"] is None:
        return Refused(lines, rows, first, None)
    instants = sorted((reject["value"] for reject in alike), key=_order)
    return Refused(lines, rows, first, {"from": instants[0], "to": instants[-1]})


def _order(told: str) -> tuple[float, str]:
    try:
        return datetime.fromisoformat(told).timestamp(), told
    except ValueError:
        return float("inf"), told


def ranges(numbers: Sequence[int]) -> str:
    """1, 2, 3, 7 -> "1-3, 7"."""
    spans: list[list[int]] = []
    for number in sorted(set(numbers)):
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ", ".join(f"{a}-{b}" if a != b else str(a) for a, b in spans)


def _name(report: Told, *, french: bool, dry_run: bool) -> str:
    if dry_run:
        return "essai à blanc, rien n'est écrit" if french else "dry run, nothing is written"
    if report["load"] is None:
        return ""
    return f"chargement {report['load']}" if french else f"load {report['load']}"
