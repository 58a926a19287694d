"""The open-data sets: what they are, and their catalogue as DCAT (JSON-LD). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

LICENCE = "https://www.etalab.gouv.fr/licence-ouverte-open-licence"
LICENCE_NAME = "Licence Ouverte 2.0"
_FREQUENCY = "http://publications.europa.eu/resource/authority/frequency/"
_MEDIA = "https://www.iana.org/assignments/media-types/"

#: Format -> media type.
FORMATS: Mapping[str, str] = {
    "csv": "text/csv",
    "json": "application/json",
    "parquet": "application/vnd.apache.parquet",
}


@dataclass(frozen=True, slots=True)
class Dataset:
    """One extract: every published figure of a step."""

    id: str
    step: str
    frequency: str
    title_fr: str
    title_en: str
    about_fr: str
    about_en: str


_COMMON_FR = (
    " Totaux de l'arrondissement et de ses quartiers (IRIS), par énergie et par sens. Un chiffre"
    " qui permettrait de reconnaître un foyer n'est pas publié ; le nombre de foyers est donné"
    " par tranche."
)
_COMMON_EN = (
    " Totals of the arrondissement and its quarters (IRIS), by commodity and flow. A figure by"
    " which a household could be recognised is not published; homes are counted in bands."
)

DATASETS: Mapping[str, Dataset] = {
    d.id: d
    for d in (
        Dataset(
            "day-totals",
            "day",
            "DAILY",
            "Consommation et production par jour",
            "Consumption and production by day",
            "Publiés trois jours après, à 8 h." + _COMMON_FR,
            "Published three days later, at 8 in the morning." + _COMMON_EN,
        ),
        Dataset(
            "month-totals",
            "month",
            "MONTHLY",
            "Consommation et production par mois",
            "Consumption and production by month",
            "Publiés le 10 du mois suivant." + _COMMON_FR,
            "Published on the 10th of the next month." + _COMMON_EN,
        ),
        Dataset(
            "year-totals",
            "year",
            "ANNUAL",
            "Consommation et production par année",
            "Consumption and production by year",
            "Publiés le 10 février suivant." + _COMMON_FR,
            "Published on 10 February of the next year." + _COMMON_EN,
        ),
    )
}

#: Columns of every extract: name, Table Schema type, French and English meaning.
FIELDS: tuple[tuple[str, str, str, str], ...] = (
    ("area_code", "string", "Code INSEE ou IRIS", "INSEE or IRIS code"),
    ("area_name", "string", "Nom du lieu", "Name of the area"),
    ("area_kind", "string", "iris, arrondissement, city", "iris, arrondissement, city"),
    ("commodity", "string", "Énergie ou eau", "Commodity"),
    ("flow", "string", "consumption, injection, production", "consumption, injection, production"),
    ("period", "string", "AAAA-MM-JJ, AAAA-MM ou AAAA", "YYYY-MM-DD, YYYY-MM or YYYY"),
    ("start", "datetime", "Début, heure locale", "Start, local time with offset"),
    ("end", "datetime", "Fin, non comprise", "End, exclusive"),
    ("amount", "number", "Total ; vide : non publié", "Total; empty: withheld"),
    ("unit", "string", "Unité du total", "Unit of the total"),
    ("households", "string", "Tranche du nombre de foyers", "Band of the number of homes"),
    ("withheld", "boolean", "Non publié pour protéger", "Withheld to protect households"),
    ("release", "string", "Édition", "Release"),
    ("simulated", "boolean", "Données simulées, inventées", "Simulated, invented data"),
)
_SIMULATED_FR = "Données simulées : ce quartier, ses foyers et leurs compteurs sont inventés."
_SIMULATED_EN = "Simulated data: this district, its homes and their meters are invented."


@dataclass(frozen=True, slots=True)
class State:
    """How a data set stands: last publication, first period and day after the last one.

    ``simulated``: some of the homes counted are invented.
    """

    updated: datetime | None
    span: tuple[date, date] | None
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class Publisher:
    """Whose data: the largest area's name and code, its outline as GeoJSON text where known."""

    place: str
    code: str
    outline: str | None

    @property
    def name(self) -> str:
        """The source to cite."""
        return f"Hub énergie {self.place}".strip()


def metadata(dataset: Dataset, state: State, publisher: Publisher, base: str) -> dict[str, Any]:
    """What ``/open/datasets/{id}`` answers: a Data Package resource with its schema."""
    return {
        "name": dataset.id,
        "title": {"fr": dataset.title_fr, "en": dataset.title_en},
        "description": dict(_about(dataset, state)),
        "simulated": state.simulated,
        "licenses": [{"name": "etalab-2.0", "title": LICENCE_NAME, "path": LICENCE}],
        "sources": [{"title": publisher.name}],
        "updated": state.updated.isoformat() if state.updated else None,
        "temporal": [d.isoformat() for d in state.span] if state.span else None,
        "distributions": {f: _url(base, dataset, f) for f in FORMATS},
        "csv_dialects": {"default": "RFC 4180, UTF-8", "fr": "?dialect=fr : ; 0,5 UTF-8 BOM"},
        "schema": {
            "fields": [
                {"name": name, "type": kind, "title": {"fr": fr, "en": en}}
                for name, kind, fr, en in FIELDS
            ],
            "missingValues": [""],
            "primaryKey": ["area_code", "commodity", "flow", "period"],
        },
    }


def catalogue(
    entries: Iterable[tuple[Dataset, State]], publisher: Publisher, base: str
) -> dict[str, Any]:
    """The DCAT catalogue of all data sets."""
    listed = list(entries)
    moments = [state.updated for _, state in listed if state.updated]
    return {
        "@context": _CONTEXT,
        "@id": f"{base}/open/catalog.jsonld",
        "@type": "dcat:Catalog",
        "dct:identifier": f"{base}/open/catalog.jsonld",
        "dct:title": [_text(f"Données ouvertes, {publisher.place}", "fr"),
                      _text(f"Open data, {publisher.place}", "en")],
        "dct:description": [
            _text("Totaux publiés par le hub énergie, sans donnée personnelle.", "fr"),
            _text("Totals published by the energy hub, without personal data.", "en"),
        ],
        "dct:language": ["fr", "en"],
        "dct:license": {"@id": LICENCE},
        "dct:publisher": _publisher(publisher),
        **({"dct:modified": _moment(max(moments))} if moments else {}),
        "dcat:dataset": [_dataset(d, state, publisher, base) for d, state in listed],
    }  # fmt: skip


def _dataset(dataset: Dataset, state: State, publisher: Publisher, base: str) -> dict[str, Any]:
    address = f"{base}/open/datasets/{dataset.id}"
    found: dict[str, Any] = {
        "@id": address,
        "@type": "dcat:Dataset",
        "dct:identifier": dataset.id,
        "dct:title": [_text(dataset.title_fr, "fr"), _text(dataset.title_en, "en")],
        "dct:description": [_text(words, code) for code, words in _about(dataset, state)],
        "dcat:keyword": [
            _text(word, "fr")
            for word in ("énergie", "électricité", "gaz", "eau", "solaire", "IRIS")
        ],
        "dct:license": {"@id": LICENCE},
        "dct:publisher": _publisher(publisher),
        "dct:accrualPeriodicity": {"@id": _FREQUENCY + dataset.frequency},
        "dct:spatial": _place(publisher),
        "dcat:landingPage": {"@id": f"{base}/open/"},
        "dcat:distribution": [
            _distribution(dataset, state, name, media, base) for name, media in FORMATS.items()
        ],
    }
    if state.simulated:
        label = [_text(_SIMULATED_FR, "fr"), _text(_SIMULATED_EN, "en")]
        found["dct:provenance"] = {"@type": "dct:ProvenanceStatement", "rdfs:label": label}
    if state.updated:
        found["dct:modified"] = _moment(state.updated)
    if state.span:
        first, last = state.span
        found["dct:temporal"] = {
            "@type": "dct:PeriodOfTime",
            "dcat:startDate": _typed(first.isoformat(), "xsd:date"),
            "dcat:endDate": _typed(last.isoformat(), "xsd:date"),
        }
    return found


def _about(dataset: Dataset, state: State) -> list[tuple[str, str]]:
    """Language and description; that data are simulated comes first."""
    fr, en = (f"{_SIMULATED_FR} ", f"{_SIMULATED_EN} ") if state.simulated else ("", "")
    return [("fr", fr + dataset.about_fr), ("en", en + dataset.about_en)]


def _distribution(
    dataset: Dataset, state: State, name: str, media: str, base: str
) -> dict[str, Any]:
    address = _url(base, dataset, name)
    return {
        "@id": address,
        "@type": "dcat:Distribution",
        "dct:identifier": f"{dataset.id}.{name}",
        "dct:title": f"{dataset.id}.{name}",
        "dct:format": name,
        "dct:license": {"@id": LICENCE},
        "dcat:mediaType": {"@id": _MEDIA + media},
        "dcat:accessURL": {"@id": f"{base}/open/"},
        "dcat:downloadURL": {"@id": address},
        **({"dct:modified": _moment(state.updated)} if state.updated else {}),
    }


def _place(publisher: Publisher) -> dict[str, Any]:
    place: dict[str, Any] = {
        "@type": "dct:Location",
        "dct:identifier": publisher.code,
        "skos:prefLabel": publisher.place,
    }
    if publisher.outline:
        place["locn:geometry"] = _typed(publisher.outline, "gsp:geoJSONLiteral")
    return place


def _publisher(publisher: Publisher) -> dict[str, Any]:
    return {"@type": "foaf:Organization", "foaf:name": publisher.name}


def _url(base: str, dataset: Dataset, name: str) -> str:
    return f"{base}/open/datasets/{dataset.id}.{name}"


def _text(value: str, language: str) -> dict[str, str]:
    return {"@value": value, "@language": language}


def _typed(value: str, kind: str) -> dict[str, str]:
    return {"@value": value, "@type": kind}


def _moment(value: datetime) -> dict[str, str]:
    return _typed(value.isoformat(timespec="seconds"), "xsd:dateTime")


_CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "gsp": "http://www.opengis.net/ont/geosparql#",
    "locn": "http://www.w3.org/ns/locn#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
