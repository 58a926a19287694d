"""The API's problems in French. Their English is where they are raised, and is the key here.

A key is the English text with its values as ``{names}``; the French may use them in any order.
:func:`french` finds the key that a text was made from.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

TEXTS: Mapping[str, str] = {
    # anywhere
    "There is nothing here for you. Check the address and your token.":
        "Il n'y a rien ici pour vous. Vérifiez l'adresse et votre jeton.",
    "The hub failed to answer; its log says why. Try again later.":
        "Le hub n'a pas pu répondre ; son journal dit pourquoi. Réessayez plus tard.",
    "The hub is starting. Try again in a moment.":
        "Le hub démarre. Réessayez dans un instant.",
    "{method} does not work here; use {known}":
        "{method} n'est pas possible ici ; utilisez {known}",
    "there is nothing at {path}; see /api/v1/openapi.json":
        "il n'y a rien à {path} ; voir /api/v1/openapi.json",
    "Logging out works from the hub's own pages only.":
        "On ne se déconnecte que depuis les pages du hub.",
    # parameters
    "there is no parameter '{name}' here; use: {known}":
        "il n'y a pas de paramètre « {name} » ici ; utilisez : {known}",
    "there is no parameter '{name}' here; there are none":
        "il n'y a pas de paramètre « {name} » ici ; il n'y en a aucun",
    "parameter '{name}' is given twice": "le paramètre « {name} » est donné deux fois",
    "parameter '{name}' is missing; use one of: {known}":
        "il manque le paramètre « {name} » ; choisissez parmi : {known}",
    "{name} '{value}' does not exist; use one of: {known}":
        "{name} « {value} » n'existe pas ; choisissez parmi : {known}",
    "{name} '{value}' does not exist; there are: {known}":
        "{name} « {value} » n'existe pas ; il y a : {known}",
    "'{name}' {first} must lie before '{other}' {last} (exclusive)":
        "« {name} » {first} doit précéder « {other} » {last} (exclu)",
    "'{name}' must lie before '{other}' (exclusive)":
        "« {name} » doit précéder « {other} » (exclu)",
    "this asks for {count} points, {most} at most; choose a shorter range or a longer step":
        "cela fait {count} points, {most} au plus ; choisissez une durée plus courte ou un pas "
        "plus long",
    "'{name}' must be a local date such as {example} at this step, not '{value}'":
        "« {name} » doit être une date locale à ce pas, comme {example}, et non « {value} »",
    "'{name}' must lie between {first} and {last}":
        "« {name} » doit se situer entre {first} et {last}",
    "'{name}' must be an instant with an offset at this step, such as {one} or {other}, "
    "not '{value}'":
        "« {name} » doit être un instant avec son décalage à ce pas, comme {one} ou {other}, et "
        "non « {value} »",
    "'{name}' {value} does not lie on a boundary of {step} buckets":
        "« {name} » {value} ne tombe pas sur une limite de pas {step}",
    "period must be YYYY, YYYY-MM or YYYY-MM-DD, not '{value}'":
        "period doit être AAAA, AAAA-MM ou AAAA-MM-JJ, et non « {value} »",
    "period {value} is shorter than step {step}":
        "la période {value} est plus courte que le pas {step}",
    "there is no data set '{name}'; there are: {known}":
        "le jeu de données « {name} » n'existe pas ; il y a : {known}",
    "there is no area '{name}'; /api/v1/areas lists them":
        "le territoire « {name} » n'existe pas ; /api/v1/areas les donne tous",
    "as_of is not built yet: leave it out for what is known today":
        "as_of n'est pas encore possible : sans lui, on a ce qui est connu aujourd'hui",
    "no meter of this household is kept at 15 minutes; use step=30min":
        "aucun compteur de ce foyer n'est tenu à 15 minutes ; utilisez step=30min",
    # intake
    "With a session a load is taken back from the hub's own pages only.":
        "Avec une session, on n'annule un chargement que depuis les pages du hub.",
    "load {name} was taken back on {when}":
        "le chargement {name} a été annulé le {when}",
    "Send SenML as JSON here; files go to /api/v1/files.":
        "Envoyez ici du SenML en JSON ; les fichiers vont à /api/v1/files.",
    "Idempotency-Key: {most} characters at most.":
        "Idempotency-Key : {most} caractères au plus.",
    "Send the file as multipart/form-data, in a part named 'file'.":
        "Envoyez le fichier en multipart/form-data, dans une partie nommée « file ».",
    "There is no part named 'file'.": "Il manque la partie nommée « file ».",
    "format: one of {known}.": "format : l'un de {known}.",
    "The database is away; send it again later.":
        "La base de données ne répond pas ; renvoyez plus tard.",
    "The hub is busy; send it again later.": "Le hub est occupé ; renvoyez plus tard.",
    "Other files are being read; send this one again later.":
        "D'autres fichiers sont en cours de lecture ; renvoyez celui-ci plus tard.",
    "This Idempotency-Key was used for another request.":
        "Cette Idempotency-Key a servi à une autre demande.",
    "A token of a {kind} reads; it does not write.":
        "Un jeton de cette sorte ({kind}) lit et n'écrit pas.",
    "The token is unknown, expired or revoked.": "Le jeton est inconnu, expiré ou fermé.",
    "Send a token: 'Authorization: Bearer ...' (see 'hub token').":
        "Envoyez un jeton : « Authorization: Bearer ... » (voir « hub token »).",
    "The body may have {most} bytes at most; send it in parts.":
        "Le corps a {most} octets au plus ; envoyez-le en plusieurs fois.",
    "Say the length of the upload (Content-Length).":
        "Indiquez la longueur de l'envoi (Content-Length).",
    "A file may have {most} MiB at most; split it.":
        "Un fichier a {most} Mio au plus ; découpez-le.",
}  # fmt: skip

_VALUE = re.compile(r"\\\{(\w+)\\\}")


def french(text: str) -> str:
    """The problem's text in French; in English where nobody has translated it."""
    for pattern, told in _patterns():
        if match := pattern.fullmatch(text):
            return told.format_map(match.groupdict())
    return text


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    return [
        (re.compile(_VALUE.sub(r"(?P<\1>.*?)", re.escape(key)), re.DOTALL), told)
        for key, told in TEXTS.items()
    ]
