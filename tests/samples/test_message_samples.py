"""The real messages beside the repository, decoded to the totals that their facts state."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

import connectors
from hub.model import Context, Decoded
from tests.connectors.golden import accounted
from tests.connectors.messages import NOW, devices, qualities, registers, stamps, values

SAMPLES = Path(__file__).resolve().parents[2] / ".." / "shared" / "samples"
pytestmark = [
    pytest.mark.samples,
    pytest.mark.skipif(
        not SAMPLES.is_dir(),
        reason="the sample files are not beside the repository (../shared/samples)",
    ),
]


def messages(connector: str, path: str) -> list[Decoded]:
    """Each line of a capture (topic TAB payload), decoded with the earlier ones as companions."""
    heard: dict[str, bytes] = {}
    told = []
    for line in (SAMPLES / path).read_bytes().splitlines():
        topic, _, payload = line.partition(b"\t")
        others = {t: p for t, p in heard.items() if t != topic.decode()}
        ctx = Context(received_at=NOW, topic=topic.decode(), companions=others)
        told.append(connectors.load(connector).decode(payload, ctx))
        heard[topic.decode()] = payload
    assert told
    return told


def telegrams(path: str) -> Decoded:
    """A file of wmbusmeters' own tests, its masked times replaced by one a minute."""
    lines = (SAMPLES / path).read_bytes().splitlines()
    stamped = []
    for n, line in enumerate(lines):
        moment = datetime.fromtimestamp(NOW - 60 * (len(lines) - n), UTC)
        masked = b"1111-11-11T11:11:11Z"
        assert masked in line
        stamped.append(line.replace(masked, moment.isoformat().encode()))
    return connectors.load("wmbusmeters").decode(b"\n".join(stamped), Context(received_at=NOW))


def utc(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def test_tasmota_bernaerts() -> None:
    energy, tic, meter, prod = messages(
        "tasmota_teleinfo", "electricity/mqtt-tasmota-teleinfo/bernaerts_readme_2021_2023.tsv"
    )
    assert (devices(energy), registers(energy)) == ({"compteur"}, {"TOTAL": 7_970_903_000})
    assert stamps(energy) == {utc("2021-03-13T09:20:26+01:00")}
    assert (devices(tic), registers(tic)) == ({"061964xxxxxx"}, {"BASE": 7_970_903_000})
    assert values(tic)["electricity", "consumption", "apparent_power", "TOTAL", "power"] == 780_000
    assert set(values(meter).values()) == {1_470_000}
    assert {k[1] for k in values(prod)} == {"injection"}


def test_tasmota_second_user() -> None:
    meter, energy = messages(
        "tasmota_teleinfo", "electricity/mqtt-tasmota-teleinfo/issue20_2024_historique.tsv"
    )
    assert values(meter) == {
        ("electricity", "consumption", "apparent_power", "TOTAL", "power"): 350_000,
        ("electricity", "consumption", "power", "TOTAL", "power"): 203_000,
    }
    assert registers(energy) == {"TOTAL": 1_290_817_000}
    assert values(energy)["electricity", "consumption", "power", "TOTAL", "power"] == 288_000
    assert devices(meter) == devices(energy) == {"tasmota_EB1F5C"}


def test_tasmota_standard_three_phases() -> None:
    (told,) = messages(
        "tasmota_teleinfo", "electricity/mqtt-tasmota-teleinfo/issue5_standard_triphase_2021.tsv"
    )
    counted = registers(told)
    assert counted["TOTAL"] == 27_416_857_000
    assert sum(v for r, v in counted.items() if r.startswith("F")) == counted["TOTAL"]
    assert sum(v for r, v in counted.items() if r.startswith("D")) == 27_416_857_000
    assert (devices(told), stamps(told), qualities(told)) == ({"999999999999"}, {NOW}, {2})


def test_zlinky_four_users() -> None:
    y2021, y2022, tempo, y2023 = messages(
        "zigbee2mqtt_zlinky", "electricity/mqtt-zigbee2mqtt-zlinky/issues_2021_2023.tsv"
    )
    assert registers(y2021) == {"TOTAL": 4_571_435_000}
    assert stamps(y2021) == {utc("2021-12-24T11:33:18Z")}
    assert registers(y2022) == {
        "TOTAL": 4_096_000_000, "F1": 4_096_000_000, "F2": 0, "D1": 4_102_000_000
    }  # fmt: skip
    assert stamps(y2022) == {utc("2022-11-21T18:58:06Z")}
    assert registers(tempo) == {"HCJB": 12_175_800_000, "HPJB": 492_100_000}
    counted = registers(y2023)
    assert counted["TOTAL"] == 50_371_822_000
    assert [counted[f"D{n}"] for n in range(1, 5)] == [
        16_510_062_000, 20_057_387_000, 6_538_882_000, 7_265_427_000
    ]  # fmt: skip
    assert [m.notes[0].code for m in (y2021, y2022, tempo, y2023)] == ["zlinky_wh"] + [
        "zlinky_kwh"
    ] * 3


def test_opendtu_at_dusk() -> None:
    told = messages("opendtu", "solar/mqtt-opendtu/opendtu_hm800_night_2023.tsv")
    read = [m for m in told if m.series]
    assert [values(m) for m in read] == [
        {("solar", "production", "energy", "TOTAL", "register"): 13_338_000}
    ]
    assert (devices(read[0]), stamps(read[0])) == ({"999999999999"}, {1_701_271_852})
    assert [g.column for m in told for g in m.gaps] == ["power"]  # out of reach
    assert not [m for m in told if m.rejects]


@pytest.mark.parametrize(
    ("path", "rows", "kinds", "ignored"),
    [
        ("water/wmbusmeters-json/wmbusmeters_water_a.jsonl", 88, {"water volume register": 84}, 4),
        ("gas/wmbusmeters-json/wmbusmeters_gas_a.jsonl", 4, {"gas volume register": 4}, 0),
        (
            "heat/wmbusmeters-json/wmbusmeters_heat_a.jsonl",
            28,
            {"heat energy register": 27, "heat power power": 15},
            1,
        ),
        ("heat/wmbusmeters-json/wmbusmeters_hca_a.jsonl", 21, {"heat units register": 19}, 2),
        (
            "electricity/wmbusmeters-json/wmbusmeters_electricity_a.jsonl",
            27,
            {"electricity energy register": 26, "electricity power power": 13},  # a 14th is null
            5,  # pulse counters without a unit, telegrams that only name the meter
        ),
    ],
)
def test_wmbusmeters_of_every_medium(
    path: str, rows: int, kinds: dict[str, int], ignored: int
) -> None:
    told = telegrams(path)
    found: Counter[str] = Counter()
    for series in told.series:
        found[f"{series.key.commodity} {series.key.quantity} {series.key.kind}"] += len(series.ts)
    assert (told.rows, told.ignored, told.rejects) == (rows, ignored, [])
    assert dict(found) == kinds
    assert len(accounted(told)) + told.ignored == told.rows


def test_wmbusmeters_registers_to_the_last_digit() -> None:
    """Every total that the files spell is there, digit for digit."""
    for path, field, quantity in (
        ("water/wmbusmeters-json/wmbusmeters_water_a.jsonl", "total_m3", "volume"),
        ("gas/wmbusmeters-json/wmbusmeters_gas_a.jsonl", "total_m3", "volume"),
        (
            "heat/wmbusmeters-json/wmbusmeters_heat_a.jsonl",
            "total_energy_consumption_kwh",
            "energy",
        ),
    ):
        spelt = Counter[tuple[str, int]]()
        for line in (SAMPLES / path).read_text("utf-8").splitlines():
            said = orjson.loads(line)
            if field in said:
                units, _, decimals = str(said[field]).partition(".")
                spelt[said["id"], int(units) * 10**6 + int(decimals.ljust(6, "0"))] += 1
        told = Counter[tuple[str, int]]()
        for series in telegrams(path).series:
            if series.key.quantity == quantity:
                told.update((series.key.device, int(v)) for v in series.value)
        assert spelt
        assert spelt <= told


def test_wmbusmeters_as_recorded_has_its_masked_time() -> None:
    raw = (SAMPLES / "gas/wmbusmeters-json/wmbusmeters_gas_a.jsonl").read_bytes()
    told = connectors.load("wmbusmeters").decode(raw, Context(received_at=NOW))
    assert {datetime.fromtimestamp(ts, UTC).year for ts in stamps(told)} == {1111}


def test_wmbusmeters_readme() -> None:
    text = (SAMPLES / "water/wmbusmeters-json/README_example_mqtt.md.txt").read_bytes()
    payload = text.partition(b"```json")[2].partition(b"```")[0]
    told = connectors.load("wmbusmeters").decode(
        payload, Context(NOW, topic="wmbusmeters/MyTapWater")
    )
    assert values(told) == {("water", "consumption", "volume", "TOTAL", "register"): 123_529_000}
    assert (devices(told), stamps(told)) == ({"33225544"}, {utc("2024-03-03T18:37:00Z")})


def test_senml_of_an_iot_platform_is_answered_record_by_record() -> None:
    raw = (SAMPLES / "standards/senml/mainflux_http_message.json").read_bytes()
    told = connectors.load("senml").decode(raw, Context(NOW, topic="hub/v1/gw/readings"))
    assert told.rows == 3
    assert [r.reason for r in told.rejects] == ["bad_name"] * 3  # voltage and current are not ours
