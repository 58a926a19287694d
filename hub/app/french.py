"""The French of what `--help` says; the English stands with each command.

A test finds what is missing here, and what no command says any more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MethodType
from typing import Any

#: What Typer itself says: above the texts, and beside those of arguments and options.
_HEADS: Mapping[str, str] = {
    "Usage: ": "Utilisation : ",
    "Arguments:\n": "Arguments :\n",
    "Options:\n": "Options :\n",
    "Commands:\n": "Commandes :\n",
}
_BESIDE: Mapping[str, str] = {
    "default: ": "par défaut : ",
    "env var: ": "variable : ",
    "required]": "obligatoire]",
    "Show this message and exit.": "Montrer ce texte.",
}

TEXTS: Mapping[str, str] = {
    "The energy data hub of a city district.":
        "Le hub des données d'énergie d'un quartier.",
    "Show where an unexpected error arose.":
        "Montrer où une erreur inattendue est née.",
    "Print the version.":
        "Dire la version.",
    "The hub's data folder.":
        "Le dossier de données du hub.",
    "Print JSON.":
        "Écrire du JSON.",
    "fr or en; default by LANG.":
        "fr ou en ; par défaut selon LANG.",
    "Processes at work; default: one a processor, at most 4.":
        "Processus au travail ; par défaut un par processeur, 4 au plus.",
    # backup, restore
    "Save the whole database, while services run, with a checksum of each file.":
        "Sauvegarder toute la base, services en marche, avec une somme de contrôle par fichier.",
    "Where backups are kept; each is a folder in it.":
        "Où sont gardées les sauvegardes ; chacune y est un dossier.",
    "Fill an empty database with a backup and prove it. Exit 1 with differences.":
        "Remplir une base vide avec une sauvegarde et la prouver. Code 1 s'il y a des écarts.",
    "A backup, or where they are: the newest.":
        "Une sauvegarde, ou l'endroit où elles sont : la plus récente.",
    # collect
    "Ask the devices and portals of hub.toml, [[collect]], on time (a service).":
        "Interroger à l'heure les appareils et portails de hub.toml, [[collect]] (un service).",
    "With --once: this one only.":
        "Avec --once : celle-ci seulement.",
    "Ask now, tell what came, and end.":
        "Interroger maintenant, dire ce qui est venu, et finir.",
    # doctor, status
    "Say what is wrong, where, and what to do. Exit 1 with findings.":
        "Dire ce qui ne va pas, où, et quoi faire. Code 1 s'il y a quelque chose.",
    "Addresses, versions, parts, freshness and lag. Exit 1 if a part is down.":
        "Adresses, versions, parties, fraîcheur et retard. Code 1 si une partie est arrêtée.",
    # export
    "Write a released open-data extract: published figures, and nothing else.":
        "Écrire un extrait de données ouvertes : les chiffres publiés, et rien d'autre.",
    "day-totals, month-totals, year-totals.":
        "day-totals, month-totals, year-totals (par jour, mois, année).",
    "Default: the newest figure of each period.":
        "Par défaut : le chiffre le plus récent de chaque période.",
    "csv, json or parquet.":
        "csv, json ou parquet.",
    "fr: CSV for French spreadsheets (; and decimal comma).":
        "fr : CSV pour tableurs français (; et virgule décimale).",
    "Default: standard output.":
        "Par défaut : la sortie standard.",
    # formats, ingest, link
    "Formats that the hub reads: source, units, label, time zone, cadence, traps.":
        "Les formats que le hub lit : source, unités, heure, fuseau, cadence, pièges.",
    "Receive meters' messages from the broker and store them (a service).":
        "Recevoir du broker les messages des compteurs et les stocker (un service).",
    "Print a new private address of a household: whoever has it sees that household.":
        "Donner une nouvelle adresse privée d'un foyer : qui l'a voit ce foyer.",
    "The household's reference.":
        "La référence du foyer.",
    "Close its links and sessions instead.":
        "Fermer plutôt ses liens et ses sessions.",
    # load, watch
    "Load files of meter readings, or ZIPs of them; the same file again changes nothing.":
        "Charger des fichiers de relevés, ou des ZIP ; le même fichier, une seconde fois, ne change"
        " rien.",
    "Files of portals or meters; ZIP, gzip.":
        "Fichiers de portails ou de compteurs ; ZIP, gzip.",
    "Connector; see 'hub formats'.":
        "Connecteur ; voir 'hub formats'.",
    "Whose file it is, where the file does not tell.":
        "Le point de livraison, quand le fichier ne le dit pas.",
    "Tell what would happen, write nothing.":
        "Dire ce qui se passerait, ne rien écrire.",
    "Take back the load of this number.":
        "Annuler le chargement de ce numéro.",
    "Load files as they appear; move them to done/ or rejected/ (a service).":
        "Charger les fichiers qui arrivent ; les ranger dans done/ ou rejected/ (un service).",
    "The folder to watch.":
        "Le dossier à surveiller.",
    # rebuild, reconcile, rollup
    "Recompute totals from readings: all, or some local days. Workers wait meanwhile.":
        "Recalculer les totaux à partir des relevés : tous, ou quelques jours. Le reste attend.",
    "First local day.":
        "Premier jour local.",
    "Last local day.":
        "Dernier jour local.",
    "Check on one snapshot that slots, days, months, households and areas add up.":
        "Contrôler sur un même instantané que demi-heures, jours, mois, foyers et territoires"
        " s'additionnent.",
    "One in so many days is recomputed from its registers. Default: 100, or as many as leave 20 000"
    " days.":
        "Un jour sur tant est recalculé à partir des index. Par défaut 100, ou ce qui laisse"
        " 20 000 jours.",
    "Turn readings into totals, sum areas, publish what is due (a service).":
        "Faire des totaux des relevés, additionner les territoires, publier ce qui est dû (un"
        " service).",
    # rejected, replay
    "List messages and rows of files that were refused, by reason, the newest first.":
        "Lister les messages et lignes refusés, par raison, les plus récents d'abord.",
    "This reason only, by its code.":
        "Cette raison seulement, par son code.",
    "So many of each reason.":
        "Tant de chaque raison.",
    "Try payloads that were refused again, after a device or a topic was declared.":
        "Réessayer ce qui a été refusé, une fois un appareil ou un topic déclaré.",
    # init, migrate, serve, up, simulate
    "Create the schema in an empty database (HUB_DATABASE_URL, or the running hub's).":
        "Créer le schéma dans une base vide (HUB_DATABASE_URL, ou celle du hub en marche).",
    "Upgrade the schema to this version of the hub.":
        "Mettre le schéma à cette version du hub.",
    "Serve the pages, the API and open data until SIGTERM or Ctrl-C.":
        "Servir les pages, l'API et les données ouvertes jusqu'à SIGTERM ou Ctrl-C.",
    "Listen here instead of HUB_HOST (127.0.0.1).":
        "Écouter ici au lieu de HUB_HOST (127.0.0.1).",
    "Listen here instead of HUB_PORT (8050).":
        "Écouter ici au lieu de HUB_PORT (8050).",
    "Start database, broker, ingest, rollup and web here; Ctrl-C stops them cleanly.":
        "Démarrer ici base, broker, collecte, calcul et pages ; Ctrl-C arrête tout proprement.",
    "Add a simulated district of 600 households.":
        "Ajouter un quartier simulé de 600 foyers.",
    "Port of the web pages.":
        "Port des pages.",
    "Simulate a district: its past by files, its present by MQTT (a service).":
        "Simuler un quartier : son passé par fichiers, son présent par MQTT (un service).",
    "Homes of a district made now.":
        "Foyers d'un quartier créé maintenant.",
    "Another seed is another district.":
        "Une autre graine est un autre quartier.",
    "Messages of each device a minute.":
        "Messages de chaque appareil par minute.",
    "Fill the past up to now, then end.":
        "Remplir le passé jusqu'à maintenant, puis finir.",
    # import
    "Bring in the registry.":
        "Apporter le registre.",
    "Import registry files; columns in docs/operator/registry.md.":
        "Importer des fichiers du registre ; colonnes dans docs/operator/registry.md.",
    "CSV tables and GeoJSON areas.":
        "Tables CSV et territoires GeoJSON.",
    "Check everything, write nothing.":
        "Tout vérifier, ne rien écrire.",
    # meter
    "Meters and what happens to them.":
        "Les compteurs et ce qui leur arrive.",
    "Record the replacement of a meter, or correct it: the same moment again, other values.\n\n"
    "Totals around it are computed again.":
        "Noter le remplacement d'un compteur, ou le corriger : même moment, autres valeurs.\n\n"
        "Les totaux autour sont recalculés.",
    "Reference of the usage point.":
        "Référence du point de livraison.",
    "When: 2026-11-22T10:30, local or with an offset.":
        "Quand : 2026-11-22T10:30, heure locale ou avec décalage.",
    "Last register of the old meter, kWh or m3; empty: unknown.":
        "Dernier index de l'ancien compteur, kWh ou m3 ; vide : inconnu.",
    "First register of the new meter, kWh or m3; empty: unknown.":
        "Premier index du nouveau compteur, kWh ou m3 ; vide : inconnu.",
    "HP, HC, ...; empty: all, the registers being the total's.":
        "HP, HC, ... ; vide : tous, les index étant ceux du total.",
    "Where the reference has several.":
        "Si la référence en a plusieurs.",
    "consumption, injection, production.":
        "consumption, injection, production (consommation, injection, production).",
    "List what happened to the meters of a usage point, with the numbers to take it back.":
        "Lister ce qui est arrivé aux compteurs d'un point de livraison, avec les numéros pour"
        " l'annuler.",
    "Take back a meter event that was recorded by mistake; totals are computed again.\n\n"
    "Where it had taken the place of what a file told of that moment, that counts again.":
        "Annuler un événement noté par erreur ; les totaux sont recalculés.\n\n"
        "Là où il avait pris la place de ce qu'un fichier en disait, cela compte de nouveau.",
    "Number in `hub meter events`.":
        "Numéro dans `hub meter events`.",
    # token
    "API tokens of households, gateways and operators.":
        "Jetons d'API des foyers, passerelles et exploitants.",
    "Print a new token. It is shown this once.":
        "Donner un nouveau jeton. Il n'est montré qu'une fois.",
    "household, gateway or operator.":
        "household, gateway ou operator (foyer, passerelle, exploitant).",
    "The household's reference, or a name.":
        "La référence du foyer, ou un nom.",
    "Days until it expires; default: never.":
        "Jours jusqu'à son expiration ; par défaut : jamais.",
    "What a gateway may write; repeat. Default: any registered device.":
        "Ce qu'une passerelle peut écrire ; à répéter. Par défaut : tout appareil déclaré.",
    "Close every token of a subject.":
        "Fermer tous les jetons d'un sujet.",
}  # fmt: skip


def all_commands(command: Any) -> Iterator[Any]:
    """A command and those below it."""
    yield command
    for inner in getattr(command, "commands", {}).values():
        yield from all_commands(inner)


def in_french(command: Any) -> None:
    """Have a command of Typer, and those below it, explain themselves in French."""
    for one in all_commands(command):
        for told in (one, *one.params):
            help_ = getattr(told, "help", None)
            if help_:
                told.help = TEXTS.get(help_, help_)
        for parameter in one.params:
            _put(parameter, "get_help_record", _BESIDE)
        _put(one, "get_help", _HEADS)
        one.get_help_option = MethodType(_help_option, one)


def _put(told: Any, method: str, words: Mapping[str, str]) -> None:
    """Have a method of its answer in French: before lines are broken, which may part two words."""
    english = getattr(told, method)
    setattr(told, method, lambda context: _replaced(english(context), words))


def _replaced(told: Any, words: Mapping[str, str]) -> Any:
    """A text, a pair of texts or None with these words in French."""
    if isinstance(told, tuple):
        return tuple(_replaced(one, words) for one in told)
    for english, french in words.items() if told else ():
        told = told.replace(english, french)
    return told


def _help_option(command: Any, context: Any) -> Any:
    """`--help` itself, which is made when it is asked for."""
    option = type(command).get_help_option(command, context)
    if option is not None:
        option.help = _BESIDE.get(option.help, option.help)
    return option
