"""GeoJSON FeatureCollection -> rows of table ``area``.

Properties are found under our own names or those of the IGN's "Contours... IRIS" files. Without a
``kind`` a code of nine digits is an IRIS, and an IRIS without a ``parent`` lies in the commune or
arrondissement of its first five digits.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from hub.registry.problems import Problem
from hub.registry.rows import TableFile, typed_rows
from hub.registry.tables import BY_NAME

_NAMES: Mapping[str, tuple[str, ...]] = {
    "code": ("code", "code_iris", "CODE_IRIS", "insee_arm", "insee", "INSEE_COM"),
    "name": ("name", "nom_iris", "NOM_IRIS", "nom", "NOM"),
    "kind": ("kind",),
    "parent": ("parent",),
    "tile_column": ("tile_column",),
    "tile_row": ("tile_row",),
    "cog_year": ("cog_year",),
    "valid_from": ("valid_from",),
    "valid_to": ("valid_to",),
}


def is_geojson(data: bytes) -> bool:
    """Whether the bytes begin like a JSON object."""
    return data[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")


def read_geojson(name: str, data: bytes, zone: str) -> TableFile:
    """Read the features as areas; ``line`` of a problem is the feature's number from 1."""
    try:
        collection = json.loads(data)
        features = collection["features"]
        rows = [_row(feature) for feature in features]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        problem = Problem(name, 0, "", f"{type(error).__name__}: {error}", "not_geojson")
        return TableFile(name, None, problems=[problem])
    return typed_rows(name, BY_NAME["area"], rows, zone)


def _row(feature: Mapping[str, Any]) -> dict[str, str]:
    properties = feature.get("properties") or {}
    row = {ours: _first(properties, theirs) for ours, theirs in _NAMES.items()}
    if feature.get("geometry") is not None:
        row["geometry"] = json.dumps(feature["geometry"], separators=(",", ":"), sort_keys=True)
    is_iris = len(row["code"]) == 9 and row["code"].isdigit()
    row["kind"] = row["kind"] or ("iris" if is_iris else "arrondissement")
    if is_iris and not row["parent"]:
        row["parent"] = row["code"][:5]
    return row


def _first(properties: Mapping[str, Any], names: tuple[str, ...]) -> str:
    found = (properties[n] for n in names if properties.get(n) is not None)
    return str(next(found, ""))
