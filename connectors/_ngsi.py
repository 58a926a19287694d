"""NGSI-LD entities, however a context broker writes them.

Normalized (``{"type": "Property", "value": ...}``), concise (``{"value": ...}``) and simplified
(the bare value, "keyValues"); names short or expanded to addresses; one entity, a list, a
notification (``{"data": [...]}``), and that as it comes by MQTT (``{"body": ...}``); GeoJSON, where
the entities are the properties of features.
"""

from __future__ import annotations

from typing import Any, NamedTuple

_WRAPPED = ("value", "object", "@value")
#: Where NGSI-LD and NGSI v2 say when a value was observed.
_MOMENTS = ("observedAt", "TimeInstant", "timestamp")


class Attribute(NamedTuple):
    """An attribute's value, when it was observed and its unit code; None where not told."""

    value: Any = None
    at: Any = None
    unit: Any = None


def entities(document: Any) -> list[Any] | None:
    """What stands where a document has its entities; None where none of it is one."""
    if isinstance(document, dict) and isinstance(document.get("body"), dict):
        document = document["body"]
    for name in ("data", "features"):
        if isinstance(document, dict) and isinstance(document.get(name), list):
            document = document[name]
    found = [_of_feature(each) for each in (document if isinstance(document, list) else [document])]
    return found if any(map(is_entity, found)) else None


def _of_feature(raw: Any) -> Any:
    """The entity in a feature of GeoJSON; anything else as it is."""
    if isinstance(raw, dict) and raw.get("type") == "Feature":
        inner = raw.get("properties")
        return {"id": raw.get("id"), **inner} if isinstance(inner, dict) else raw
    return raw


def is_entity(raw: Any) -> bool:
    """Whether this can be an entity: it has a type."""
    return isinstance(raw, dict) and bool({"type", "@type"} & raw.keys())


def kind(entity: dict[str, Any]) -> str:
    """The entity's type, short; of several the first."""
    raw = entity.get("type", entity.get("@type"))
    raw = raw[0] if isinstance(raw, list) and raw else raw
    return short(raw) if isinstance(raw, str) else ""


def short(name: str) -> str:
    """A name without the address that it may be expanded to."""
    return name.replace("#", "/").rpartition("/")[2]


def attributes(entity: dict[str, Any]) -> dict[str, Attribute]:
    """Short name -> attribute."""
    return {short(name): _attribute(raw) for name, raw in entity.items()}


def _attribute(raw: Any) -> Attribute:
    if isinstance(raw, list) and raw and all(map(_is_wrapped, raw)):  # one for each data set
        raw = next((each for each in raw if "datasetId" not in each), raw[0])
    if not _is_wrapped(raw):
        return Attribute(raw)
    beside = raw | (raw["metadata"] if isinstance(raw.get("metadata"), dict) else {})
    at = next((beside[name] for name in _MOMENTS if beside.get(name) is not None), None)
    return Attribute(_bare(raw), _bare(at), _bare(beside.get("unitCode")))


def _is_wrapped(raw: Any) -> bool:
    return isinstance(raw, dict) and not raw.keys().isdisjoint(_WRAPPED)


def _bare(raw: Any) -> Any:
    """What is inside of the wrappings: a date may be a property whose value is a DateTime."""
    for _ in range(3):
        if not _is_wrapped(raw):
            break
        raw = next(raw[name] for name in _WRAPPED if name in raw)
    return raw
