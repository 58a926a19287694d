"""Facts and traps of Home Assistant's two ways out: MQTT Statestream and MQTT discovery."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from connectors import _home_assistant as ha
from connectors._roles import role_of, words_of
from connectors.homeassistant_discovery import explained
from hub.model import Decoded, DecodeError, Quality
from ingest.config import Routing, defaults
from ingest.reading import Reader
from ingest.storing import Message
from tests.connectors.messages import NOW, devices, qualities, stamps, values
from tests.connectors.messages import decode as decode_any

TOTAL = ("electricity", "consumption", "energy", "TOTAL", "register")
DRAWN = ("electricity", "consumption", "power", "TOTAL", "power")
FED = ("electricity", "injection", "power", "TOTAL", "power")


def state(entity: str, value: str, **attributes: str) -> Decoded:
    """What the state of an entity says whose attributes were heard."""
    base = f"homeassistant/sensor/{entity}"
    heard = {f"{base}/{name}": orjson.dumps(text) for name, text in attributes.items()}
    return decode_any(
        "homeassistant_statestream", value.encode(), f"{base}/state", companions=heard
    )


def energy(entity: str, value: str = "12.5", **more: str) -> Decoded:
    about = {
        "unit_of_measurement": "kWh", "device_class": "energy", "state_class": "total_increasing"
    }  # fmt: skip
    return state(entity, value, **(about | more))


def described(value: Any, template: str | None, **config: Any) -> Decoded:
    """What a state says of a sensor that was described on the household's config topic."""
    about = {
        "state_topic": "meter/1",
        "unique_id": "meter_1",
        "unit_of_measurement": "kWh",
        "device_class": "energy",
        "state_class": "total_increasing",
    } | config
    if template is not None:
        about["value_template"] = template
    return decode_described(value, orjson.dumps(about))


def decode_described(value: Any, description: bytes) -> Decoded:
    """What a household's topic says that this describes."""
    told = explained(description, "hass/dupont/homeassistant/sensor/m/config")
    assert told is not None
    companions = {f"x#{n}": raw for n, (_, raw) in enumerate(told)}
    return decode_any("homeassistant_discovery", value, "hass/dupont/meter/1", companions)


class Live:
    """Messages on their way as ingest reads them, with what it remembers of each device."""

    def __init__(self) -> None:
        self._reader = Reader(Routing(defaults()), "Europe/Paris")

    def hear(self, topic: str, payload: bytes, retained: bool = False) -> Decoded:
        """What counts of a message where no device is registered."""
        read = self._reader.read(Message(topic, payload, NOW, NOW, retained))
        decoded = read.decoded
        if read.beside is not None and (decoded is None or decoded.ignored):
            decoded = read.beside.decoded
        assert decoded is not None, read.reject
        return decoded


def test_statestream_works_live_once_its_attributes_were_heard() -> None:
    for base in ("homeassistant/sensor/linky", "homeassistant/dupont/sensor/linky"):
        live = Live()
        for leaf, text in (
            ("state", b"4096.5"),
            ("unit_of_measurement", b'"kWh"'),
            ("device_class", b'"energy"'),
            ("state_class", b'"total_increasing"'),
        ):
            live.hear(f"{base}/{leaf}", text, retained=True)
        told = live.hear(f"{base}/state", b"4096.6")
        assert told is not None
        assert values(told) == {TOTAL: 4_096_600_000}
        assert devices(told) == {"dupont/sensor.linky" if "dupont" in base else "sensor.linky"}


CONFIG = b'{"stat_t":"z2m/x","dev_cla":"energy","stat_cla":"total",\
    "unit_of_meas":"kWh","uniq_id":"x_total","val_tpl":"{{ value_json.energy }}"}'


def test_discovery_works_live_wherever_the_state_comes() -> None:
    live = Live()
    live.hear("homeassistant/sensor/x/total/config", CONFIG, retained=True)
    told = live.hear("z2m/x", b'{"energy":7.25}')
    assert (values(told), devices(told)) == ({TOTAL: 7_250_000}, {"x_total"})
    live.hear("homeassistant/sensor/x/total/config", CONFIG.replace(b"z2m/x", b"zigbee2mqtt/x"))
    told = live.hear("zigbee2mqtt/x", b'{"energy":7.5}')  # where another connector reads, too
    assert (values(told), devices(told)) == ({TOTAL: 7_500_000}, {"x_total"})


def test_discovery_works_live_below_a_households_topic() -> None:
    live = Live()
    live.hear("hass/dupont/homeassistant/sensor/x/total/config", CONFIG, retained=True)
    told = live.hear("hass/dupont/z2m/x", b'{"energy":7.25}')
    assert (values(told), devices(told)) == ({TOTAL: 7_250_000}, {"dupont/x_total"})
    other = live.hear("hass/martin/z2m/x", b'{"energy":9}')
    assert other.ignored == 1  # another household's meter is not described by this one
    whole = CONFIG.replace(b"z2m/x", b"hass/dupont/z2m/y")  # told without a bridge
    live.hear("hass/dupont/homeassistant/sensor/y/total/config", whole)
    assert devices(live.hear("hass/dupont/z2m/y", b'{"energy":8}')) == {"dupont/x_total"}


def test_a_node_may_be_called_sensor() -> None:
    told = explained(CONFIG, "homeassistant/sensor/sensor/total/config")
    assert told is not None
    assert [topic for topic, _ in told] == ["z2m/x"]


def test_a_large_device_is_described_and_what_is_larger_is_refused() -> None:
    part = {"p": "sensor", "dev_cla": "energy", "stat_cla": "total", "unit_of_meas": "kWh"}
    parts = {
        f"c{n}": part | {"uniq_id": f"u{n}", "stat_t": f"meter/{n}", "name": "x" * 500}
        for n in range(300)
    }
    large = orjson.dumps({"dev": {"ids": "d"}, "cmps": parts})
    assert 150_000 < len(large) < 256 << 10
    topic = "homeassistant/device/d/config"
    told = explained(large, topic)
    assert told is not None
    assert [each for each, _ in told] == [f"meter/{n}" for n in range(300)]
    assert max(len(raw) for _, raw in told) < 1000
    for more in (large + b" " * (256 << 10), large[:-1]):
        assert explained(more, topic) == []
        with pytest.raises(DecodeError):
            decode_any("homeassistant_discovery", more, topic)


@pytest.mark.parametrize("unique_id", ["x" * 101, "a\x07b"])
def test_an_id_that_cannot_be_one_is_said_and_costs_no_other_sensor(unique_id: str) -> None:
    part = {"p": "sensor", "dev_cla": "energy", "stat_cla": "total", "unit_of_meas": "kWh"}
    parts = {"a": part | {"unique_id": unique_id}, "b": part | {"unique_id": "b"}}
    told = decode_described(b"12.5", orjson.dumps({"stat_t": "meter/1", "cmps": parts}))
    assert (devices(told), [note.code for note in told.notes]) == ({"dupont/b"}, ["ha_id"])


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("linky_total", ("electricity", "consumption")),
        ("Énergie injectée", ("electricity", "injection")),
        ("grid_export_energy", ("electricity", "injection")),
        ("feed-in", ("electricity", "injection")),
        ("energy_returned", ("electricity", "injection")),
        ("Production solaire", ("solar", "production")),
        ("pv1_energy", ("solar", "production")),
        ("PV1EnergyTotal", ("solar", "production")),
        ("sensor.onduleur_total", ("solar", "production")),
        ("panneaux", ("solar", "production")),
        ("solar_export", ("electricity", "injection")),
        ("lifetime_net_energy_production", ("electricity", "injection")),
        ("opendtu/114172220163/0/yieldtotal", ("solar", "production")),
        ("Microinverter 1182", ("solar", "production")),
        ("Énergie vers le réseau", ("electricity", "injection")),
        ("energie_retournee", ("electricity", "injection")),
        ("energy_sold_total", ("electricity", "injection")),
        ("solde_compteur", ("electricity", "consumption")),
        ("zlinky_summation_received", ("electricity", "injection")),
        ("zlinky_summation_delivered", ("electricity", "consumption")),
        ("linky_production_total", ("electricity", "injection")),
        ("MyElectricalData production", ("electricity", "injection")),
        ("pvc_pump", ("electricity", "consumption")),
        ("consommation_cuisine", ("electricity", "consumption")),
    ],
)
def test_a_name_tells_what_is_measured(name: str, role: tuple[str, str]) -> None:
    assert role_of(name) == role


def test_words_have_no_accents_and_no_capitals() -> None:
    assert words_of("Énergie d'été-PV2 Total") == "_energie_d_ete_pv2_total_"
    assert words_of("YieldDay") == "_yield_day_"


@pytest.mark.parametrize(
    "entity",
    [
        "energy_today",
        "daily_energy",
        "energie_du_jour",
        "consommation_veille_linky",
        "conso_mois",
        "energie_journaliere",
        "consommation_mensuelle",
        "compteur_hebdomadaire",
        "yieldday",
        "energy_this_month",
        "energie_aujourd_hui",
        "production_hier",
    ],
)
def test_f12_a_counter_of_a_day_or_a_month_makes_no_energy(entity: str) -> None:
    told = energy(entity)
    assert (told.series, told.ignored) == ([], 1)
    assert [(note.code, note.unread, note.about) for note in told.notes] == [
        ("ha_periodic", True, f"sensor.{entity}")
    ]


@pytest.mark.parametrize("entity", ["energie_jour_bleu_hp", "linky_total", "index_heures_creuses"])
def test_a_total_with_a_similar_name_is_one(entity: str) -> None:
    assert energy(entity).series


def test_f12_a_counter_that_was_just_reset_is_not_believed_and_one_that_never_was_is() -> None:
    for reset in ("2026-11-22T00:00:00+01:00", "2026-11-01T00:00:00"):
        assert energy("x", state_class="total", last_reset=reset).series == []
    for reset in ("1970-01-01T00:00:00+00:00", "2026-01-01T00:00:00+01:00", "", "never"):
        assert values(energy("x", state_class="total", last_reset=reset)) == {TOTAL: 12_500_000}


def test_f08_energy_of_gas_is_left_to_its_volume() -> None:
    for name in ("gaz_energie", "gasmeter_energy", "gaszaehler", "gazpar_energie", "grdf_kwh"):
        assert [note.code for note in energy(name).notes] == ["ha_gas_energy"]
    gas = {"unit_of_measurement": "m³", "device_class": "gas", "state_class": "total_increasing"}
    assert values(state("gazpar", "1234.567", **gas)) == {
        ("gas", "consumption", "volume", "TOTAL", "register"): 1_234_567_000
    }


@pytest.mark.parametrize("name", ["pv_garage", "export", "batterie", "production_ecs", "EAIT"])
def test_water_and_gas_are_drawn_whatever_their_names(name: str) -> None:
    for commodity in ("gas", "water"):
        about = {"unit_of_measurement": "m³", "device_class": commodity, "state_class": "total"}
        assert values(state(name, "2", **about)) == {
            (commodity, "consumption", "volume", "TOTAL", "register"): 2_000_000
        }


@pytest.mark.parametrize(
    "entity", ["gaston_linky_index", "gaspard_east", "gascogne_total", "linky_gaz_de_bordeaux"]
)
def test_a_persons_name_and_a_linkys_supplier_are_no_gas(entity: str) -> None:
    assert values(energy(entity)) == {TOTAL: 12_500_000}


def test_a_label_of_the_tic_is_electricity_drawn_whatever_stands_beside_it() -> None:
    for entity in ("gaz_easf01", "maison_solaire_easf01", "batterie_easf01"):
        assert {key[:4] for key in values(energy(entity))} == {(*TOTAL[:3], "F1")}


def test_a_persons_name_is_no_gas_in_discovery_either() -> None:
    named = described(b"12.5", None, device={"ids": "x", "name": "Maison Gaston"})
    assert values(named) == {TOTAL: 12_500_000}
    raw = explained(CONFIG.replace(b"z2m/x", b"t/gaston"), "homeassistant/sensor/x/config")
    assert raw is not None
    told = decode_any("homeassistant_discovery", b'{"energy":1}', "t/gaston", {"x#0": raw[0][1]})
    assert values(told) == {TOTAL: 1_000_000}


def test_f09_unknown_and_unavailable_are_gaps() -> None:
    for nothing in ("unknown", "unavailable", "None", ""):
        told = energy("x", nothing)
        assert ([gap.column for gap in told.gaps], told.series) == (["state"], [])


def test_f11_apparent_power_is_its_own_quantity() -> None:
    about = {"device_class": "apparent_power", "state_class": "measurement"}
    told = state("papp", "780", unit_of_measurement="VA", **about)
    assert values(told) == {
        ("electricity", "consumption", "apparent_power", "TOTAL", "power"): 780_000
    }
    sinsti = state("linky_sinsti", "780", unit_of_measurement="VA", **about)
    assert [key[1] for key in values(sinsti)] == ["injection"]


def test_power_below_zero_leaves_the_house() -> None:
    about = {"device_class": "power", "state_class": "measurement", "unit_of_measurement": "kW"}
    assert values(state("maison", "-0.3", **about)) == {DRAWN: 0, FED: 300_000}
    assert values(state("pv", "1.25", **about)) == {
        ("solar", "production", "power", "TOTAL", "power"): 1_250_000
    }


@pytest.mark.parametrize(
    ("text", "mwh"),
    [
        ("12.5", 12_500_000),
        ("1.25e+03", 1_250_000_000),
        ("5e-05", 50),
        (".5", 500_000),
        ("12.3400000000000000001", 12_340_000),
        ("1e-324", 0),
    ],
)
def test_numbers_as_python_writes_them(text: str, mwh: int) -> None:
    assert values(energy("x", text)) == {TOTAL: mwh}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("12,5", "bad_number"),
        (".", "bad_number"),
        ("1e9999999", "bad_number"),
        ("1e+999", "out_of_range"),
        ("-1", "out_of_range"),
        ("4294967.295", "sentinel"),
    ],
)
def test_t11_what_is_no_register_is_rejected(text: str, reason: str) -> None:
    assert [(r.reason, r.column) for r in energy("x", text).rejects] == [(reason, "state")]


def test_a_unit_that_is_none_of_the_class_is_rejected() -> None:
    for unit in ("BTU", "m³", "W"):
        (reject,) = energy("x", unit_of_measurement=unit).rejects
        assert (reject.reason, reject.value) == ("bad_unit", unit)


def test_sensors_without_a_state_class_and_of_other_classes_are_ignored() -> None:
    assert energy("x", state_class="measurement").ignored == 1
    assert state("x", "12", unit_of_measurement="°C", device_class="temperature").ignored == 1
    assert state("x", "12").ignored == 1


def test_a_label_of_the_tic_in_the_name_is_that_register() -> None:
    assert [k[3] for k in values(energy("linky_easf02"))] == ["F2"]
    assert [k[3] for k in values(energy("lixee_bbrhcjw"))] == ["HCJW"]
    assert [k[1] for k in values(energy("linky_eait"))] == ["injection"]
    assert values(energy("east_wing")) == {TOTAL: 12_500_000}
    assert values(energy("base_station")) == {TOTAL: 12_500_000}


def test_the_time_follows_the_state_on_its_own_topic() -> None:
    base = "homeassistant/sensor/x"
    heard = {
        f"{base}/unit_of_measurement": b'"kWh"',
        f"{base}/device_class": b'"energy"',
        f"{base}/state_class": b'"total"',
        f"{base}/state": b"12.5",
        f"{base}/last_updated": b"2026-11-22T11:59:00+00:00",
    }

    def decode(leaf: str, text: bytes) -> Decoded:
        return decode_any("homeassistant_statestream", text, f"{base}/{leaf}", heard)

    assert decode("state", b"12.5").ignored == 1
    told = decode("last_updated", b"2026-11-22T13:00:00.750000+01:00")
    assert (stamps(told), qualities(told)) == ({NOW}, {Quality.GOOD})
    heard[f"{base}/last_updated"] = b"2026-11-22T10:00:00+00:00"  # no longer published, perhaps
    late = decode("state", b"12.5")
    assert (stamps(late), qualities(late)) == ({NOW}, {Quality.ARRIVAL_TIME})
    bad = decode("last_updated", b"soon")
    assert [(r.reason, r.column) for r in bad.rejects] == [("bad_time", "last_updated")]


@pytest.mark.parametrize(
    ("template", "said"),
    [
        (None, b"12.5"),
        ("{{ value }}", b"12.5"),
        ("{{ value | float(0) | round(2) }}", b"12.5"),
        ("{{value_json.e}}", {"e": 12.5}),
        ("{{ value_json.a.e }}", {"a": {"e": "12.5"}}),
        ("{{ value_json['a']['e'] | float }}", {"a": {"e": 12.5}}),
        ('{{ value_json["ENERGY"].Total }}', {"ENERGY": {"Total": 12.5}}),
        ("{{ value_json.emeters[1].total | default(0) }}", {"emeters": [{}, {"total": 12.5}]}),
        ("{{ value_json.e | int }}", {"e": 12.5}),
        ("{{float(value)/1000.0}}", b"12500"),
        ("{{ value | float / 1000 }}", b"12500"),
        ("{{ (value|float/1000)|round(2) }}", b"12500"),
        ("{{ ((value_json.e | float(0)) / 1000) | round(3) }}", {"e": 12500}),
        ("{{ (value_json['a'].e) * 0.001 }}", {"a": {"e": "12500"}}),
        ("{{ int(value_json.e) / 60000 }}", {"e": 750_000}),
    ],
)
def test_a_template_that_picks_a_value_is_read(template: str | None, said: Any) -> None:
    assert values(described(said, template)) == {TOTAL: 12_500_000}


@pytest.mark.parametrize(
    ("said", "reason"),
    [(b"many", "bad_number"), (b"-5", "out_of_range"), (b"1" * 18, "out_of_range")],
)
def test_what_is_scaled_must_be_a_number(said: bytes, reason: str) -> None:
    told = described(said, "{{ value | float / 1000 }}")
    assert [reject.reason for reject in told.rejects] == [reason]
    assert described(b"unknown", "{{ value | float / 1000 }}").gaps


def test_an_index_of_the_tic_in_wh_is_read_as_its_register() -> None:
    told = described(
        b"10325987",
        "{{float(value)/1000.0}}",
        unique_id="TeleInfoKit-1A2B3C-EASF02",
        object_id="TeleInfoKit-1A2B3C-EASF02",
        device={"ids": "TeleInfoKit-1A2B3C", "name": "TeleInfoKit"},
    )
    assert values(told) == {("electricity", "consumption", "energy", "F2", "register"): 10325987000}
    assert devices(told) == {"dupont/TeleInfoKit-1A2B3C"}


@pytest.mark.parametrize(
    "template",
    [
        "{{ value_json.e / value_json.f }}",
        "{{ value_json.e / 1000 + 3 }}",
        "{{ value_json.e / 0 }}",
        "{{ value_json.e // 1000 }}",
        "{{ value_json.e | multiply(2) }}",
        "{% if value_json.e %}{{ value_json.e }}{% endif %}",
        "{{ value_json.e if value_json.e is defined else 0 }}",
        "{{ states('sensor.x') }}",
        "{{ value.e }}",
        "{{ value_json.e }}{{ value_json.f }}",
        "{{ value_json" + "[0]" * 500 + " }}",
    ],
)
def test_a_template_that_calculates_is_not_read_and_that_is_said(template: str) -> None:
    told = described({"e": 12.5}, template)
    assert (told.series, told.ignored) == ([], 1)
    assert [(note.code, note.unread, note.about) for note in told.notes] == [
        ("ha_template", True, "dupont/meter_1")
    ]


def test_a_value_that_is_not_in_a_message_is_nothing_and_null_is_a_gap() -> None:
    assert described({"f": 1}, "{{ value_json.e }}").ignored == 1
    assert [g.column for g in described({"e": None}, "{{ value_json.e }}").gaps] == ["e"]


def test_the_device_is_the_unique_id_or_with_a_tic_label_the_meters() -> None:
    lixee = {"identifiers": ["zigbee2mqtt_0x99"], "name": "Linky"}
    assert devices(described(b"12.5", None)) == {"dupont/meter_1"}
    register = described(b"12.5", None, unique_id="0x99_EASF01_zigbee2mqtt", device=lixee)
    assert (devices(register), [k[3] for k in values(register)]) == (
        {"dupont/zigbee2mqtt_0x99"},
        ["F1"],
    )
    nameless = described({"e": 1}, "{{ value_json.e }}", unique_id=None)
    assert devices(nameless) == {"dupont/meter/1/e"}


def test_the_devices_name_tells_a_roof() -> None:
    told = described(b"12.5", None, device={"ids": "x", "name": "Onduleur"})
    assert [key[:2] for key in values(told)] == [("solar", "production")]


def test_f12_a_declared_reset_counts_in_discovery_too() -> None:
    templates = {"last_reset_value_template": "{{ value_json.since }}"}
    just = {"e": 3.5, "since": "2026-11-22T00:00:00+01:00"}
    assert described(just, "{{ value_json.e }}", **templates).series == []
    long_ago = just | {"since": "2025-01-01T00:00:00+01:00"}
    assert values(described(long_ago, "{{ value_json.e }}", **templates)) == {TOTAL: 3_500_000}


def test_a_description_says_nothing_by_itself() -> None:
    topic = "hass/dupont/homeassistant/sensor/m/config"
    for payload in (b"", b"{}", b'{"state_topic":"x"}'):
        assert decode_any("homeassistant_discovery", payload, topic).ignored == 1
    with pytest.raises(DecodeError):
        decode_any("homeassistant_discovery", b"{", topic)


@pytest.mark.parametrize(
    "raw", [b"", b"[1]", b'{"state_topic":5}', b'{"components":{"a":5}}', b"\xff", b"{" * 2000]
)
def test_descriptions_that_cannot_be_read_explain_nothing(raw: bytes) -> None:
    assert explained(raw, "homeassistant/sensor/m/config") == []


@pytest.mark.parametrize("raw", [b"", b"[]", b"5", b"[1,2,3,4,5]", b'["t",["d"],"",null,null]'])
def test_what_another_version_explained_is_nothing(raw: bytes) -> None:
    assert decode_any("homeassistant_discovery", b"1", "t", {"x#0": raw}).ignored == 1


def test_a_sensor_has_a_class_of_its_own_only_if_its_unit_is_energy() -> None:
    bare = ha.Sensor("x", "x", "x", "kWh", "", "total_increasing")
    assert ha.is_ours(bare)
    assert not ha.is_ours(bare._replace(unit="m³"))
