"""Sentences written from the data: what, how much, compared with what, and what is not known. Pure.

French is the source; numbers follow the reader's locale, at most three significant figures.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from dashboard.amounts import Unit, said
from dashboard.curves import Hole
from dashboard.tongue import Tongue

#: Differences below this share read "as usual".
SAME = 0.05
#: So many times as much as usual is said in amounts.
MANY = 3


def now_lead(tongue: Tongue, now: dt.datetime, names: list[str], *, produces: bool = False) -> str:
    """What the page is, in one line."""
    if not names:
        return tongue.t("Aucun compteur n'est encore relié à votre logement.")
    date = tongue.date(now.date(), now.date())
    if produces:
        return tongue.t(
            "Ce que votre logement a utilisé et produit aujourd'hui, {date}.", date=date
        )
    return tongue.t("Ce que votre logement a utilisé aujourd'hui, {date}.", date=date)


def since(tongue: Tongue, day_start: dt.timedelta, *, yesterday: bool) -> str:
    """`depuis minuit`, `depuis 6 h`; `depuis hier, 6 h` before a day of gas is over."""
    if not day_start:
        return tongue.t("depuis minuit")
    clock = _clock(tongue, day_start)
    if yesterday:
        return tongue.t("depuis hier, {time}", time=clock)
    return tongue.t("depuis {time}", time=clock)


def day_not_begun(tongue: Tongue, name: str, day_start: dt.timedelta) -> str:
    """A day of gas, looked at between midnight and 6."""
    return tongue.t(
        "{name} : sa journée va de {time} à {time} ; celle-ci n'a pas encore commencé.",
        name=name,
        time=_clock(tongue, day_start),
    )


def day_not_over(tongue: Tongue, when: str, day_start: dt.timedelta) -> str:
    """`hier (journée en cours, jusqu'à 6 h)`."""
    return tongue.t(
        "{when} (journée en cours, jusqu'à {time})", when=when, time=_clock(tongue, day_start)
    )


def day_of_its_own(tongue: Tongue, when: str, day_start: dt.timedelta) -> str:
    """`hier, de 6 h à 6 h`: beside commodities whose day is the calendar's."""
    return tongue.t("{when}, de {time} à {time}", when=when, time=_clock(tongue, day_start))


def measures_begin(tongue: Tongue, first: dt.date) -> str:
    """A period that began before the first reading."""
    return tongue.t("Les mesures commencent le {day}.", day=tongue.date(first))


def _clock(tongue: Tongue, day_start: dt.timedelta) -> str:
    return tongue.clock((dt.datetime(2000, 1, 1, tzinfo=dt.UTC) + day_start).time())


def against_usual(
    tongue: Tongue,
    *,
    so_far: int,
    usual: float | None,
    unit: Unit,
    weekday: str,
    until: dt.datetime,
    produced: bool,
) -> str:
    """The day so far beside the middle of the same weekday before, at the same time.

    Both amounts stand there where the usual is so little that a share of it would say nothing.
    """
    time = tongue.clock(until)
    if usual is None:
        return tongue.t("Pas encore assez de semaines pour dire ce qui est habituel.")
    if usual <= 0:
        if so_far > 0:
            return tongue.t(
                "À {time}, un {weekday} habituel n'a encore rien compté.",
                time=time,
                weekday=weekday,
            )
        if produced:
            return tongue.t(
                "À {time}, le soleil n'a encore rien donné, comme d'habitude.", time=time
            )
        return tongue.t("À {time}, rien, comme un {weekday} habituel.", time=time, weekday=weekday)
    if so_far > MANY * usual:
        return tongue.t(
            "À {time}, {amount} au lieu de {usual} un {weekday} habituel.",
            time=time,
            amount=said(tongue, so_far, unit),
            usual=said(tongue, usual, unit),
            weekday=weekday,
        )
    return tongue.t(
        "À {time}, {comparison}.",
        time=time,
        comparison=comparison(
            tongue, max(so_far, 0) / usual - 1, tongue.t("un {weekday} habituel", weekday=weekday)
        ),
    )


def comparison(tongue: Tongue, change: float, reference: str) -> str:
    """`12 % de moins qu'un mercredi habituel`; times as much where percents stop helping."""
    words = {"reference": reference, "than": than(tongue, reference)}
    if abs(change) < SAME:
        return tongue.t("autant {than}", **words)
    if change >= 1:
        times = change + 1
        said_so = tongue.whole(times) if times >= 10 else tongue.short(round(times, 1))
        return tongue.t("{times} fois plus {than}", times=said_so, **words)
    if change > 0:
        return tongue.t("{percent} de plus {than}", percent=tongue.percent(change), **words)
    return tongue.t("{percent} de moins {than}", percent=tongue.percent(-change), **words)


def than(tongue: Tongue, reference: str) -> str:
    """`qu'un mercredi habituel`, `que la veille`; `than the day before`."""
    if not tongue.french:
        return f"than {reference}"
    return f"qu'{reference}" if reference[:1] in "aeiouéèêâh" else f"que {reference}"


def missing(tongue: Tongue, found: Sequence[Hole], zone: ZoneInfo) -> str:
    """`Il manque 3 h de mesures (de 2 h à 5 h).`"""
    length = tongue.span(sum(hole.seconds for hole in found))
    if len(found) > 2:
        return tongue.t(
            "Il manque {length} de mesures, en {count} fois.", length=length, count=len(found)
        )
    spans = [
        tongue.t(
            "de {start} à {end}",
            start=tongue.clock(hole.start.astimezone(zone)),
            end=tongue.clock(hole.end.astimezone(zone)),
        )
        for hole in found
    ]
    return tongue.t(
        "Il manque {length} de mesures ({spans}).", length=length, spans=tongue.join(spans)
    )


def nothing_today(tongue: Tongue, last: dt.date | None, today: dt.date) -> str:
    """Today has no figure: since when."""
    if last is None:
        return tongue.t("Aucune mesure reçue pour l'instant.")
    return tongue.t(
        "Rien reçu pour aujourd'hui ; dernier jour connu : {day}.", day=tongue.relative(last, today)
    )


def silent_since(tongue: Tongue, last: dt.date, today: dt.date) -> str:
    """A meter whose last reading is older than all days that are looked at."""
    return tongue.t("Rien reçu depuis {day}.", day=tongue.relative(last, today))


def day_begins(tongue: Tongue) -> str:
    """Nothing can be said of a day before its first half-hour is over."""
    return tongue.t("La journée commence : sa première demi-heure n'est pas finie.")


def meter_silent(tongue: Tongue) -> str:
    """A total of which one meter sent nothing: what it counts."""
    return tongue.t("Un compteur n'a rien envoyé pour aujourd'hui : le total compte les autres.")


def not_yet(tongue: Tongue) -> str:
    """A meter speaks, but no total follows from it yet."""
    return tongue.t("Le compteur répond ; le total du jour n'est pas encore connu.")


def no_shape(tongue: Tongue) -> str:
    """The amount is known, its hours are not."""
    return tongue.t("Le total est connu, pas encore sa répartition dans la journée.")


def only_total(tongue: Tongue) -> str:
    """A day whose half-hours nobody sent: the bars stay empty beside a total."""
    return tongue.t("Seul le total du jour est connu.")


def busiest(tongue: Tongue, bars: Sequence[tuple[str, int | None]], unit: Unit, name: str) -> str:
    """When most was used: `bars` are (`de 7 h à 7 h 30`, amount or None)."""
    known = [(amount, title) for title, amount in bars if amount is not None]
    if not known:
        return tongue.t("{name} : aucune demi-heure connue aujourd'hui.", name=name)
    amount, title = max(known, key=lambda pair: pair[0])
    if amount <= 0:
        return tongue.t("{name} : rien depuis minuit.", name=name)
    return tongue.t(
        "{name} : le plus {when}, {amount}.",
        name=name,
        when=title,
        amount=said(tongue, amount, unit),
    )


def history(
    tongue: Tongue,
    *,
    name: str,
    produced: bool,
    drawn: bool,
    when: str,
    total: str,
    mean: str,
    difference: tuple[float, str] | None,
    lost: str,
    estimated: str,
) -> str:
    """`182 kWh d'électricité, soit 8,3 kWh par jour : 12 % de plus qu'en ...`.

    Empty strings are left out: `when` where a title says it, `mean` for a single day, `lost` when
    nothing is missing. `drawn`: the total is only what the network gave, a roof gives more.
    """
    if not total:
        return tongue.t("{name} : rien de connu.", name=name)
    words = f"{total} {tongue.of(name)}"
    if produced:
        words = tongue.t("{total} produits", total=total)
    elif drawn:
        words = tongue.t("{total} pris au réseau", total=total)
    parts = [words]
    if mean:
        parts.append(tongue.t(", soit {mean} par jour", mean=mean))
    if difference:
        compared = comparison(tongue, *difference)
        parts.append(
            tongue.t(", {comparison}", comparison=compared)
            if when
            else tongue.t(" : {comparison}", comparison=compared)
        )
    text = _after(tongue, when, "".join(parts) + ".")
    if lost and estimated:
        text += " " + tongue.t(
            "Il manque {lost} ; estimation : {estimated}.", lost=lost, estimated=estimated
        )
    elif lost:
        text += " " + tongue.t("Il manque {lost}.", lost=lost)
    elif estimated:
        text += " " + tongue.t("Ce qui manque est estimé à {estimated}.", estimated=estimated)
    return text


def solar_share(tongue: Tongue, drawn: int, made: int, out: int) -> str:
    """What the roof covered; "" where nothing was made or more left than was made.

    A register that went back by a step may leave what was drawn or left below zero: that is none.
    """
    drawn, out = max(drawn, 0), max(out, 0)
    if made <= 0 or out > made:
        return ""
    used = made - out
    return tongue.t(
        "Le toit a couvert {share} de l'électricité utilisée ;"
        " {left} de sa production est partie au réseau.",
        share=tongue.percent(used / (drawn + used)) if drawn + used else tongue.percent(0),
        left=tongue.percent(out / made),
    )


def _after(tongue: Tongue, when: str, words: str) -> str:
    return tongue.t("{when} : {words}", when=first_upper(when), words=words) if when else words


def first_upper(text: str) -> str:
    """The text with a capital."""
    return text[:1].upper() + text[1:]
