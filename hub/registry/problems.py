"""Why a row of a registry file was not taken, in French and English."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hub.words import system_words

TEXTS: Mapping[str, tuple[str, str]] = {
    "not_utf8": (
        "le texte n'est pas en UTF-8 ; enregistrez le fichier en « CSV UTF-8 »",
        "the text is not UTF-8; save the file as 'CSV UTF-8'",
    ),
    "no_file": ("fichier illisible : {value}", "the file cannot be read: {value}"),
    "empty": ("fichier vide", "the file is empty"),
    "unrecognised": ("en-tête inconnu : {value}", "the header is not known: {value}"),
    "not_geojson": ("GeoJSON illisible : {value}", "the GeoJSON cannot be read: {value}"),
    "field_count": (
        "la ligne a {value} champs, l'en-tête {expected}",
        "the row has {value} fields, the header {expected}",
    ),
    "missing": ("la valeur manque", "the value is missing"),
    "not_int": ("« {value} » n'est pas un nombre entier", "'{value}' is not a whole number"),
    "not_number": ("« {value} » n'est pas un nombre", "'{value}' is not a number"),
    "not_date": ("« {value} » n'est pas une date", "'{value}' is not a date (YYYY-MM-DD)"),
    "not_instant": (
        "« {value} » n'est pas un instant (AAAA-MM-JJTHH:MM:SS+01:00)",
        "'{value}' is not an instant (YYYY-MM-DDTHH:MM:SS+01:00)",
    ),
    "in_future": (
        "« {value} » n'est pas encore arrivé",
        "'{value}' has not happened yet",
    ),
    "ambiguous_time": (
        "« {value} » existe deux fois cette nuit-là ; ajoutez le décalage (+01:00 ou +02:00)",
        "'{value}' happens twice that night; add the offset (+01:00 or +02:00)",
    ),
    "not_text": ("caractère illisible", "a character that is no text"),
    "not_json": ("« {value} » n'est pas du JSON", "'{value}' is not JSON"),
    "not_flag": ("« {value} » : 1 ou 0, oui ou non", "'{value}': 1 or 0, yes or no"),
    "not_pulse": (
        "« {value} » ne dit pas ce que vaut une impulsion (10 l ; 0,01 m3 ; 1000 imp/kWh)",
        "'{value}' does not say what one count is worth (10 l, 0.01 m3, 1000 imp/kWh)",
    ),
    "wrong_pulse": (
        "« {value} » ne mesure pas ce que livre ce point ; unités : {expected}",
        "'{value}' does not measure what this usage point delivers; units: {expected}",
    ),
    "not_choice": ("« {value} » : l'un de {expected}", "'{value}': one of {expected}"),
    "out_of_range": ("valeur hors des bornes : {value}", "value out of range: {value}"),
    "dates": ("la fin {value} précède le début", "the end {value} is before the start"),
    "unknown_reference": (
        "« {value} » n'existe pas dans la table {expected}",
        "'{value}' is not in table {expected}",
    ),
    "ambiguous_reference": (
        "plusieurs points de livraison s'appellent « {value} » ; indiquez la filière (commodity)",
        "several usage points are called '{value}'; fill in the commodity",
    ),
    "twice": (
        "même clé que la ligne {expected}, mais d'autres valeurs",
        "same key as line {expected}, but other values",
    ),
    "overlaps": (
        "recouvre la période d'une autre ligne ({expected}) ; donnez à celle-ci une fin",
        "overlaps the period of another row ({expected}); give that one an end",
    ),
    "nothing_to_remove": (
        "rien à retirer : aucune ligne n'a cette clé",
        "nothing to remove: no row has this key",
    ),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """A row (or, with line 0, a file) that was not taken."""

    file: str
    line: int
    column: str
    value: str
    reason: str
    expected: str = ""

    def text(self, language: str) -> str:
        """The reason for a person, in French ("fr") or English."""
        return TEXTS[self.reason][0 if language == "fr" else 1].format(
            value=system_words(self.value, language), expected=self.expected
        )
