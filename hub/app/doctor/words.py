"""What `hub doctor` says, in French and English: what is wrong, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Text(NamedTuple):
    """The same in French and in English."""

    fr: str
    en: str

    def of(self, language: str) -> str:
        """In one of the two."""
        return self.fr if language == "fr" else self.en


class Words(NamedTuple):
    """What is wrong, and what to do, with {placeholders}."""

    what: Text
    do: Text


WORDS: Mapping[str, Words] = {
    "part_down": Words(
        Text("{name} est arrêté", "{name} is down"),
        Text("lisez la fin de {log}", "read the end of {log}"),
    ),
    "part_restarted": Words(
        Text(
            "{name} a redémarré il y a {age}, {count} fois en tout",
            "{name} was started again {age} ago, {count} times in all",
        ),
        Text("lisez la fin de {log}", "read the end of {log}"),
    ),
    "broker_unknown": Words(
        Text("l'adresse du broker n'est pas connue", "the broker's address is not known"),
        Text("donnez HUB_MQTT_URL", "set HUB_MQTT_URL"),
    ),
    "broker_silent": Words(
        Text("rien ne répond : aucun relevé n'arrive", "nothing answers: no reading arrives"),
        Text(
            "démarrez Mosquitto, ou corrigez HUB_MQTT_URL",
            "start Mosquitto, or mend HUB_MQTT_URL",
        ),
    ),
    "web_not_ready": Words(
        Text("les pages ne sont pas prêtes : {progress}", "the pages are not ready: {progress}"),
        Text(
            "attendez si le hub démarre, sinon lisez {log}",
            "wait if the hub is starting, else read {log}",
        ),
    ),
    "spool_waits": Words(
        Text(
            "{size} de messages attendent la base de données",
            "{size} of messages wait for the database",
        ),
        Text(
            "rien si cela diminue ; sinon voyez la base, `hub ingest` et `hub collect`",
            "nothing if it shrinks; else look at the database, `hub ingest` and `hub collect`",
        ),
    ),
    "spool_damaged": Words(
        Text(
            "un fichier de messages est abîmé ; ce qui précède l'erreur est enregistré",
            "a file of messages is damaged; what is before the fault is stored",
        ),
        Text(
            "vérifiez le disque (dmesg), puis supprimez ce fichier",
            "check the disk (dmesg), then delete this file",
        ),
    ),
    "disk_full": Words(
        Text("il ne reste que {size}", "only {size} are left"),
        Text(
            "faites de la place : sans elle PostgreSQL s'arrête",
            "make room: without it PostgreSQL stops",
        ),
    ),
    "database_starts": Words(
        Text("la base de données démarre encore", "the database is still starting"),
        Text("attendez, ou lisez {log}", "wait, or read {log}"),
    ),
    "database_silent": Words(
        Text("la base de données ne répond pas : {error}", "the database does not answer: {error}"),
        Text(
            "démarrez PostgreSQL, ou corrigez HUB_DATABASE_URL",
            "start PostgreSQL, or mend HUB_DATABASE_URL",
        ),
    ),
    "database_old": Words(
        Text(
            "trop ancien, ou sans TimescaleDB : PostgreSQL {postgresql}, extension {timescaledb}",
            "too old, or no TimescaleDB: PostgreSQL {postgresql}, extension {timescaledb}",
        ),
        Text(
            "il faut PostgreSQL 15 et TimescaleDB 2.19 au moins ; `hub migrate` crée l'extension",
            "PostgreSQL 15 and TimescaleDB 2.19 at least; `hub migrate` creates the extension",
        ),
    ),
    "schema_behind": Words(
        Text("étapes qui manquent au schéma : {count}", "steps missing in the schema: {count}"),
        Text("lancez `hub migrate`", "run `hub migrate`"),
    ),
    "schema_newer": Words(
        Text(
            "la base est plus récente que ce programme", "the database is newer than this program"
        ),
        Text("installez la version qui l'a migrée", "install the version that migrated it"),
    ),
    "not_checked": Words(
        Text("impossible à vérifier : {error}", "cannot be checked: {error}"),
        Text(
            "lancez `hub migrate` ; si cela ne change rien, c'est une erreur du hub à signaler",
            "run `hub migrate`; if that changes nothing, it is a fault of the hub to report",
        ),
    ),
    "not_compressed": Words(
        Text(
            "l'édition Community est là, mais la compression n'est pas activée",
            "the Community edition is there, but compression is not switched on",
        ),
        Text("lancez `hub migrate`", "run `hub migrate`"),
    ),
    "ingest_never": Words(
        Text("`hub ingest` n'a jamais tourné", "`hub ingest` never ran"),
        Text("démarrez-le (`hub up`, hub@ingest)", "start it (`hub up`, hub@ingest)"),
    ),
    "ingest_silent": Words(
        Text("`hub ingest` ne dit rien depuis {age}", "`hub ingest` has said nothing for {age}"),
        Text("démarrez-le (`hub up`, hub@ingest)", "start it (`hub up`, hub@ingest)"),
    ),
    "ingest_without_broker": Words(
        Text("`hub ingest` n'a pas de broker", "`hub ingest` has no broker"),
        Text(
            "son journal dit pourquoi : adresse, mot de passe, certificat (HUB_MQTT_CA)",
            "its log says why: address, password, certificate (HUB_MQTT_CA)",
        ),
    ),
    "ingest_no_room": Words(
        Text(
            "trop de descriptions ou de dernières valeurs à retenir : {count} laissées de côté",
            "too many descriptions or latest payloads to remember: {count} left out",
        ),
        Text(
            "envoyez moins de sujets (les compteurs, pas la maison), puis relancez `hub ingest`",
            "send fewer topics (the meters, not the house), then start `hub ingest` again",
        ),
    ),
    "broker_overflow": Words(
        Text(
            "file du broker pleine : {count} messages jetés depuis qu'il tourne, vu il y a {age}",
            "the broker's queue was full: {count} messages dropped since its start, seen {age} ago",
        ),
        Text(
            "`hub ingest` s'est arrêté ou était trop lent ; faites renvoyer ce qui manque",
            "`hub ingest` was down or too slow; have what is missing sent again",
        ),
    ),
    "unread": Words(
        Text("{count} × {note}", "{count} × {note}"),
        Text(
            "choisissez un autre capteur si ce relevé vous manque ; sinon n'envoyez pas celui-ci",
            "choose another sensor if you miss this reading; else do not send this one",
        ),
    ),
    "collect_failed": Words(
        Text(
            "{name} n'est plus lu depuis {age}, {count} essais : {words}",
            "{name} has not been read for {age}, {count} tries: {words}",
        ),
        Text(
            "la cause réparée, `hub collect --once {name}` l'interroge aussitôt",
            "once it is mended, `hub collect --once {name}` asks it at once",
        ),
    ),
    "collect_stopped": Words(
        Text("{name} n'est pas interrogé : {words}", "{name} is not asked: {words}"),
        Text(
            "rien si c'est voulu ; sinon importez le consentement (table `consent`)",
            "nothing if that is meant; else import the consent (table `consent`)",
        ),
    ),
    "collect_silent": Words(
        Text(
            "{name} devait être interrogé il y a {age}",
            "{name} was to be asked {age} ago",
        ),
        Text("voyez si `hub collect` tourne", "see whether `hub collect` runs"),
    ),
    "collect_never": Words(
        Text(
            "des sources de hub.toml n'ont jamais été interrogées : {names}",
            "sources of hub.toml were never asked: {names}",
        ),
        Text("démarrez `hub collect`", "start `hub collect`"),
    ),
    "collect_declared_badly": Words(
        Text("les sources ne peuvent être lues : {error}", "the sources cannot be read: {error}"),
        Text(
            "corrigez hub.toml, puis relancez `hub collect`", "mend hub.toml, restart `hub collect`"
        ),
    ),
    "rollup_late": Words(
        Text(
            "les totaux ont {age} de retard ; séries à traiter : {count}",
            "the totals are {age} late; ranges to add up: {count}",
        ),
        Text(
            "rien après un gros chargement, si cela diminue ; sinon voyez `hub rollup`",
            "nothing after a large load, if it shrinks; else look at `hub rollup`",
        ),
    ),
    "set_aside": Words(
        Text(
            "séries mises de côté après trois échecs : {count} ({error})",
            "ranges set aside after three failures: {count} ({error})",
        ),
        Text("corrigez la cause, puis `{again}`", "mend the cause, then `{again}`"),
    ),
    "areas_set_aside": Words(
        Text(
            "totaux de quartiers mis de côté après trois échecs : {count} ({error})",
            "area totals set aside after three failures: {count} ({error})",
        ),
        Text("corrigez la cause, puis `{again}`", "mend the cause, then `{again}`"),
    ),
    "rejected": Words(
        Text("{count} × {reason}", "{count} × {reason}"),
        Text(
            "`hub rejected` les montre ; corrigez la source, le registre ou hub.toml, puis"
            " `hub replay`",
            "`hub rejected` shows them; mend the source, the registry or hub.toml, then"
            " `hub replay`",
        ),
    ),
    "rejected_rows": Words(
        Text("lignes de fichiers, {count} × {reason}", "rows of files, {count} × {reason}"),
        Text(
            "corrigez le fichier ou le registre, puis chargez le fichier de nouveau (`hub load`),"
            " ou annulez-le (`hub load --undo`)",
            "mend the file or the registry, then load the file again (`hub load`), or take it back"
            " (`hub load --undo`)",
        ),
    ),
    "waiting": Words(
        Text(
            "messages en attente, d'appareils déclarés depuis : {count}",
            "messages that wait, of devices registered since: {count}",
        ),
        Text(
            "`hub replay` les prend, ou dit ce qui manque ; après une semaine ils sont effacés",
            "`hub replay` takes them, or says what they lack; after a week they are deleted",
        ),
    ),
    "unknown_devices": Words(
        Text(
            "appareils inconnus, dont rien n'est encore compté : {count}",
            "unknown devices, of which nothing is counted yet: {count}",
        ),
        Text(
            "déclarez les vôtres (`hub import registry`), puis `hub replay` ; un fichier se charge"
            " de nouveau",
            "register those that are yours (`hub import registry`), then `hub replay`; a file is"
            " loaded again",
        ),
    ),
    "shared_input": Words(
        Text(
            "des appareils d'une même entrée mêlent leurs relevés : {count}",
            "devices on one input mix their readings: {count}",
        ),
        Text(
            "donnez à l'un une autre `input` (ils s'ajoutent alors), un autre point, ou une fin"
            " (`hub import registry`)",
            "give one of them another `input` (they then add up), another usage point, or an end"
            " (`hub import registry`)",
        ),
    ),
    "backwards": Words(
        Text(
            "index qui reculent de plus d'un pas sur un mois : {count}",
            "registers that go back by more than a step over a month: {count}",
        ),
        Text(
            "le compteur est monté à l'envers, ou deux compteurs répondent sous un même nom :"
            " corrigez-le au registre (`input`), ou retirez l'appareil",
            "the meter is mounted the wrong way round, or two meters answer under one name: correct"
            " it in the registry (`input`), or take the device out",
        ),
    ),
    "silent_devices": Words(
        Text(
            "appareils muets depuis plus de 24 h : {count}, le premier depuis {age}",
            "devices silent for over 24 h: {count}, the first for {age}",
        ),
        Text(
            "voyez passerelle, pile et réseau ; un appareil retiré reçoit un `valid_to`",
            "look at gateway, battery and network; give a removed device a `valid_to`",
        ),
    ),
    "without_consent": Words(
        Text(
            "foyers sans consentement, comptés dans aucun total : {count}",
            "households without consent, counted in no total: {count}",
        ),
        Text(
            "demandez-leur, puis importez la table `consent` ; un refus se respecte",
            "ask them, then import table `consent`; respect a refusal",
        ),
    ),
    "publication_never": Words(
        Text("la publication n'a jamais tourné", "publication never ran"),
        Text("démarrez `hub rollup`, qui publie", "start `hub rollup`, which publishes"),
    ),
    "publication_stopped": Words(
        Text("la publication n'a pas tourné depuis {age}", "publication has not run for {age}"),
        Text("démarrez `hub rollup`, qui publie", "start `hub rollup`, which publishes"),
    ),
    "held_back": Words(
        Text(
            "des chiffres dus sont retenus : il manque des totaux",
            "figures that are due are held back: totals are missing",
        ),
        Text(
            "voyez rollup ; ils paraissent dès que les totaux sont faits",
            "see rollup; they appear once the totals are made",
        ),
    ),
    "log_changed": Words(
        Text(
            "le journal des accès a été modifié : sa chaîne est rompue",
            "the access log was changed: its chain is broken",
        ),
        Text(
            "comparez avec une sauvegarde, et cherchez qui a écrit dans la base",
            "compare with a backup, and find out who wrote in the database",
        ),
    ),
    "totals_wrong": Words(
        Text(
            "le contrôle d'il y a {age} a trouvé {count} écarts entre les totaux",
            "the proof of {age} ago found {count} differences between totals",
        ),
        Text(
            "`hub reconcile` dit où ; `hub rebuild` recalcule tout à partir des relevés",
            "`hub reconcile` says where; `hub rebuild` computes everything from the readings",
        ),
    ),
    "totals_unproven": Words(
        Text(
            "les totaux ont été contrôlés pour la dernière fois il y a {age}",
            "the totals were last proven {age} ago",
        ),
        Text(
            "voyez si `hub rollup` tourne, qui les contrôle chaque nuit",
            "see whether `hub rollup` runs, which proves them every night",
        ),
    ),
}
