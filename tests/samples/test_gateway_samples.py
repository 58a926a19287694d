"""The real frames and messages of live gateways beside the repository, to the last unit.

What must come out is read from the raw files here, by other means than the connectors'.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import connectors
from hub.model import Context, Decoded
from tests.connectors.golden import accounted
from tests.connectors.messages import NOW, devices, qualities, registers, stamps, values

SAMPLES = Path(__file__).resolve().parents[2] / ".." / "shared" / "samples" / "electricity"
pytestmark = [
    pytest.mark.samples,
    pytest.mark.skipif(
        not SAMPLES.is_dir(),
        reason="the sample files are not beside the repository (../shared/samples)",
    ),
]


def load(path: str, connector: str) -> Decoded:
    """A file, recognised as ``connector``'s and nobody else's, its rows all accounted for."""
    payload = (SAMPLES / path).read_bytes()
    sure = {n: connectors.load(n).sniff(payload[: 64 << 10]) for n in connectors.names()}
    assert [name for name, value in sure.items() if value > 0.5] == [connector]
    ctx = Context(received_at=NOW, file_name=path.rpartition("/")[2])
    decoded = connectors.load(connector).decode(payload, ctx)
    assert len(accounted(decoded)) + decoded.ignored == decoded.rows
    return decoded


def spelt(text: str) -> dict[str, int]:
    """Label -> Wh of the registers in a text of frames, the last one of each."""
    found = re.findall(r"^(BASE|BBR\w+|EA[SI]\w+)[ \t](\d{9})[ \t]", text, re.MULTILINE)
    return {label: int(value) for label, value in found}


def test_historique_frame() -> None:
    told = load("tic/enedis-oss_ticFrameHistoric.txt", "linky_tic")
    text = (SAMPLES / "tic/enedis-oss_ticFrameHistoric.txt").read_text("ascii")
    assert registers(told) == {"BASE": spelt(text)["BASE"] * 1000} == {"BASE": 104_000}
    assert (devices(told), stamps(told), qualities(told)) == ({"999999999999"}, {NOW}, {2})
    assert (told.rows, told.rejects) == (9, [])


@pytest.mark.parametrize("name", ["ticFrameStandard", "ticFrameStandard_PCOUP_bad_checksum"])
def test_standard_frame(name: str) -> None:
    path = f"tic/enedis-oss_{name}.txt"
    told = load(path, "linky_tic")
    counted = spelt((SAMPLES / path).read_text("ascii"))
    assert len(counted) == len(registers(told)) == 15
    assert set(counted.values()) == set(registers(told).values()) == {0}
    assert stamps(told) == {1_505_463_361}  # 2017-09-15 10:16:01 in summer
    bad = [("bad_checksum", "PCOUP", 25)] if "bad" in name else []
    assert [(r.reason, r.column, r.line) for r in told.rejects] == bad


def test_the_summary_in_json_says_the_same_as_the_frame() -> None:
    told = load("tic/enedis-oss_ticFrameStandard_summarized.json", "linky_tic")
    frame = load("tic/enedis-oss_ticFrameStandard_PCOUP_bad_checksum.txt", "linky_tic")
    assert values(told) == values(frame)
    assert (stamps(told), devices(told)) == (stamps(frame), devices(frame))
    assert [(r.reason, r.column) for r in told.rejects] == [("bad_checksum", "PCOUP")]


def test_capture_of_a_tempo_meter() -> None:
    path = "tic/pyteleinfo_captured_tempo_historique.bin"
    told = load(path, "linky_tic")
    text = (SAMPLES / path).read_bytes().decode("ascii").replace("\r", "")
    last = {label.removeprefix("BBR"): wh * 1000 for label, wh in spelt(text).items()}
    assert registers(told) == last
    assert last["HCJB"] == 18_328_876_000
    frames = text.count("\x02")
    assert (frames, told.rows, told.ignored, told.rejects) == (10, 160, 153, [])
    assert "9" in told.notes[0].en


def test_teleinfo2mqtt_historique() -> None:
    path = "mqtt-teleinfo2mqtt/history.json"
    told = load(path, "teleinfo2mqtt")
    text = (SAMPLES / path).read_text()
    wh = {k: int(v) for k, v in re.findall(r'"(HCH.)": \{\s*"raw": "(\d+)"', text)}
    assert registers(told) == {"HC": wh["HCHC"] * 1000, "HP": wh["HCHP"] * 1000}
    assert (wh["HCHC"], devices(told), qualities(told)) == (9_058_688, {"12345678901"}, {2})
    # The documentation writes HHPHC as a second PAPP: "A" is no power.
    assert [(r.reason, r.column, r.value) for r in told.rejects] == [("bad_number", "PAPP", "A")]


def test_teleinfo2mqtt_standard() -> None:
    told = load("mqtt-teleinfo2mqtt/standard_excerpt.json", "teleinfo2mqtt")
    assert (registers(told), told.rejects) == ({"F6": 0}, [])
    assert devices(told) == {"12345678901"}


def messages(connector: str, path: str) -> list[Decoded]:
    """Each line of a capture (topic TAB payload)."""
    told = []
    for line in (SAMPLES / path).read_bytes().splitlines():
        topic, _, payload = line.partition(b"\t")
        ctx = Context(received_at=NOW, topic=topic.decode())
        told.append(connectors.load(connector).decode(payload, ctx))
    assert told
    return told


ENERGY = ("electricity", "consumption", "energy", "TOTAL", "register")
RETURNED = ("electricity", "injection", "energy", "TOTAL", "register")
DRAWN = ("electricity", "consumption", "power", "TOTAL", "power")
FED = ("electricity", "injection", "power", "TOTAL", "power")
APPARENT = ("electricity", "consumption", "apparent_power", "TOTAL", "power")


def test_shelly_em_of_the_first_generation() -> None:
    told = messages("shelly_gen1", "mqtt-shelly/enesbcs_shellyem_gen1.tsv")
    assert [values(m) for m in told] == [
        {RETURNED: 0},
        {},  # a voltage
        {ENERGY: 64_541_000},
        {RETURNED: 0},
    ]
    assert [devices(m) for m in told if m.series] == [
        {"shellyem-000000/1"}, {"shellyem-000000/0"}, {"shellyem-000000/0"}
    ]  # fmt: skip
    assert [m.ignored for m in told] == [0, 1, 0, 0]


def test_shelly_pro_3em_notifications() -> None:
    power, energy, clamp, relay, online = messages(
        "shelly_gen2", "mqtt-shelly/aiida_pro3em_notify.tsv"
    )
    assert values(power) == {DRAWN: 0, FED: 18_017, APPARENT: 108_708}
    assert values(energy) == {ENERGY: 26_289_570, RETURNED: 131_881_860}
    assert devices(power) == devices(energy) == {"shellypro3em-1234567890ab"}
    assert (stamps(power), stamps(energy)) == ({1_757_059_829}, {1_757_060_280})
    assert values(clamp) == {ENERGY: 60, RETURNED: 0}
    assert devices(clamp) == {"shellypro3em-1234567890ab/1"}
    assert (relay.ignored, online.ignored) == (1, 1)
    assert not [m for m in (power, energy, clamp, relay, online) if m.rejects]


def test_shelly_pro_3em_status() -> None:
    path = "mqtt-shelly/ha_core_pro_3em_status.json"
    told = load(path, "shelly_gen2")
    text = (SAMPLES / path).read_text()
    hundredths = {
        name: int(whole + cents.ljust(2, "0"))
        for name, whole, cents in re.findall(r'"(\w+_act_?\w*)": (\d+)\.(\d+)', text)
    }
    assert values(told)[ENERGY] == hundredths["total_act"] * 10 == 5_415_414_190
    phases = sum(hundredths[f"{phase}_total_act_energy"] for phase in "abc")
    assert phases == hundredths["total_act"]
    assert values(told)[RETURNED] == 0
    assert values(told)[DRAWN] == 2_413_825
    assert (devices(told), stamps(told)) == ({"AABBCCDDEEFF"}, {1_747_561_101})


def test_home_assistant_discovery_of_a_zlinky() -> None:
    (line,) = (
        (SAMPLES / "mqtt-homeassistant-discovery/z2m_lixee_discovery.tsv").read_bytes().splitlines()
    )
    topic, _, config = line.partition(b"\t")
    module, explain = (
        connectors.load("homeassistant_discovery"),
        connectors.explainer("homeassistant_discovery"),
    )
    below = f"hass/dupont/{topic.decode()}"
    assert module.decode(config, Context(received_at=NOW, topic=below)).ignored == 1
    assert explain is not None
    ((state, about),) = explain(config, below) or []
    assert state == "hass/dupont/zigbee2mqtt/Lixee"
    ctx = Context(NOW, topic=state, companions={below: about})
    told = module.decode(b'{"current_tier3_summ_delivered":1466.099,"linkquality":60}', ctx)
    assert registers(told) == {"HCJW": 1_466_099_000}
    assert devices(told) == {"dupont/zigbee2mqtt_0x0000000000000000"}
    assert (stamps(told), qualities(told), told.rejects) == ({NOW}, {2}, [])
