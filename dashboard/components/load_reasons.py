"""Why a file or its rows were not taken, and what its reader can do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from dashboard.components.load_names import Names, Told
from dashboard.source_names import commodity_of
from dashboard.tongue import Tongue
from hub.intake import report_words


def lacks_usage_point(told: Told) -> bool:
    """Whether a file was not read because nobody said of which usage point it is."""
    return told["problem"] is not None and told["problem"]["reason"] == "missing_usage_point"


def is_mixed(reports: Sequence[Told]) -> bool:
    """Whether one choice of a usage point cannot be right for all files that lack theirs."""
    of = {commodity_of(told["connector"]) for told in reports if lacks_usage_point(told)}
    return len(of - {""}) > 1


def problem(names: Names, told: Told) -> str:
    """Why nothing of a file could be read, with what a reader of this page can do."""
    tongue, refused = names.tongue, told["problem"]
    code = refused["reason"]
    if code == "missing_usage_point":
        return _which_point(names, commodity_of(told["connector"]))
    if code == "several_formats":
        return tongue.t(
            "plusieurs formats conviennent ({names}) ; écrivez l'un d'eux ci-dessus, dans Format",
            names=refused["detail"]["value"],
        )
    if code in ("unknown_format", "unrecognised"):
        return _where_exports_are(tongue, str(refused["text"]))
    return str(refused["text"])


def _which_point(names: Names, commodity: str) -> str:
    tongue = names.tongue
    own = [ref for ref, of in names.points if of == commodity]
    if commodity and not own:
        return tongue.t(
            "le fichier ne dit pas son point de livraison, et votre foyer n'a pas de point de"
            " livraison de cette énergie ({commodity}) ; demandez à la mairie de le relier",
            commodity=names.commodity(commodity),
        )
    if names.mixed:
        return tongue.t(
            "le fichier ne dit pas son point de livraison, et les autres non plus ; envoyez ces"
            " fichiers séparément, en choisissant à chaque fois le point de livraison ci-dessus"
        )
    if not commodity:
        return tongue.t("le fichier ne dit pas son point de livraison ; choisissez-le ci-dessus")
    return tongue.t(
        "le fichier ne dit pas son point de livraison ; choisissez-le ci-dessus : {points}",
        points=", ".join(f"{names.commodity(commodity)} {ref}" for ref in own),
    )


def _where_exports_are(tongue: Tongue, told: str) -> str:
    return tongue.t(
        "{told}. Les relevés se téléchargent dans l'espace client du distributeur ou du"
        " fournisseur (Enedis, GRDF, Veolia, Suez, EDF), par exemple sous « Mes données »"
        " ou « Exporter » : envoyez ce fichier sans le modifier",
        told=told.rstrip(" ."),
    )


def reason(names: Names, refused: report_words.Refused) -> str:
    """Why rows were not taken, with what a reader of this page can do."""
    tongue, told = names.tongue, refused.reject
    if told["reason"] == "not_allowed" and told["value"]:
        return tongue.t(
            "{meter} n'est pas un compteur de votre foyer ; demandez à la mairie de le relier",
            meter=told["value"],
        )
    if told["reason"] == "no_meter":
        return tongue.t("ce fichier ne parle d'aucun compteur : il n'y a rien à enregistrer")
    if refused.span is None:
        return str(told["text"])
    words = {
        "count": tongue.n("{count} ligne", "{count} lignes", len(refused.rows)),
        "span": _days(tongue, refused.span),
        "limit": _day(tongue, told.get("limit") or ""),
    }
    said = {
        "before_usage_point": tongue.t(
            "{count} d'avant le {limit}, jour d'ouverture de ce point de livraison ({span})",
            **words,
        ),
        "frozen": tongue.t(
            "{count} d'avant le {limit} : cette période est close ({span})", **words
        ),
        "too_early": tongue.t("{count} d'avant l'an 2000 : date fausse ({span})", **words),
        "too_late": tongue.t("{count} dans le futur ({span})", **words),
    }
    if told["reason"] == "before_usage_point" and _is_moving_in(names, told.get("limit") or ""):
        if _instant_day(refused.span["to"]) == names.moved_in:
            return tongue.t("{count} d'avant votre emménagement ou du jour même ({span})", **words)
        return tongue.t("{count} d'avant votre emménagement ({span})", **words)
    return said[told["reason"]]


def _is_moving_in(names: Names, limit: str) -> bool:
    """Whether rows were held against the day after the household moved in."""
    day = dt.timedelta(days=1)
    return names.moved_in is not None and _instant_day(limit) == names.moved_in + day


def _days(tongue: Tongue, span: Told) -> str:
    """ "du 20 janvier 2024 au 1er mai 2024", "le 20 janvier 2024"."""
    first, last = _day(tongue, span["from"]), _day(tongue, span["to"])
    if first == last:
        return tongue.t("le {day}", day=first)
    return tongue.t("du {start} au {end}", start=first, end=last)


def _day(tongue: Tongue, told: str) -> str:
    day = _instant_day(told)
    return told if day is None else tongue.day(day)


def _instant_day(told: str) -> dt.date | None:
    """The local day of an instant, unless it lies beyond any calendar."""
    try:
        return dt.datetime.fromisoformat(told).date()
    except ValueError:
        return None
