# ruff: noqa: E501 - rows of the table are as long as they are
"""Day totals of live gateways' messages, each beside its own few lines over the raw payloads.

A sample of a gateway is one telegram or two of the same minute: here the golden inputs' payloads
are heard three times, with the numbers of three evenings. Which connectors must stand in one of
the tables of day totals, their golden outputs tell.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

import connectors
from hub.store.connection import Connection, connect
from tests.connectors import golden
from tests.connectors.test_dsmr_p1 import telegram
from tests.connectors.test_linky_tic import HISTORIQUE, STANDARD, frame, replaced
from tests.samples import test_day_totals, test_day_totals_files
from tests.samples.totals import (
    Days,
    Heard,
    Proof,
    Raw,
    Told,
    a_home,
    clock,
    hear_messages,
    instant,
    local,
    of_intervals,
    of_registers,
    shown,
)  # fmt: skip
from tests.stack import Stack

#: When it was heard, and what two registers had counted by then, in Wh.
EVENINGS = (
    (instant("2026-11-18T18:20:10Z"), 7_970_903, 2_300_017),
    (instant("2026-11-19T19:00:00Z"), 7_975_100, 2_304_500),
    (instant("2026-11-21T17:45:31Z"), 7_989_007, 2_306_001),
)
#: Connectors of electricity that tell no amount (name -> why no day can be told of it): none.
WITHOUT: dict[str, str] = {}
Hand = Callable[[Heard], Iterator[Told]]


def heard(topic: str, make: Callable[[int, int, int], bytes]) -> Callable[[], list[Heard]]:
    """A message an evening."""
    return lambda: [Heard(ts, topic, make(ts, first, second)) for ts, first, second in EVENINGS]


def of(topic: str, template: str) -> Callable[[], list[Heard]]:
    """The same with a text: <wh>, <kwh> and <wh2>, <kwh2>, <iso> and <unix>."""

    def fill(ts: int, first: int, second: int) -> bytes:
        text = template.replace("<iso>", clock(ts)).replace("<unix>", str(ts))
        for name, wh in (("", first), ("2", second)):
            text = text.replace(f"<wh{name}>", str(wh)).replace(f"<kwh{name}>", f"{wh / 1000:.3f}")
        return text.encode()

    return heard(topic, fill)


def each(hand: Hand) -> Callable[[Raw], Days]:
    def read(raw: Raw) -> Days:
        return of_registers(t for one in raw if isinstance(one, Heard) for t in hand(one))

    return read


def fields(pattern: str, scale: int, stamp: str = "") -> Callable[[Raw], Days]:
    """Numbers that a pattern finds, by its name; the time of another one, or the arrival."""

    def read(one: Heard) -> Iterator[Told]:
        text, ts = one.payload.decode(), one.arrival
        if stamp and (at := re.search(stamp, text)):
            ts = int(at[1]) if at[1].isdecimal() else instant(at[1])
        for name, number in re.findall(pattern, text):
            whole, _, decimals = number.partition(".")
            yield name, ts, int(whole + decimals) * scale // 10 ** len(decimals)

    return each(read)


def tic_clock(text: str) -> int:
    """H261118192010: the season's letter and local time."""
    return local(text[1:], "%y%m%d%H%M%S", fold=text[0] in "Hh")


def historique(ts: int, first: int, second: int) -> bytes:
    return frame(replaced(HISTORIQUE, HCHC=f"{second:09}", HCHP=f"{first:09}"))


def standard(ts: int, first: int, second: int) -> bytes:
    at = datetime.fromtimestamp(ts + 3600, UTC).strftime("H%y%m%d%H%M%S")
    said = {"EAST": first + second, "EASF01": first, "EASF02": second, "EASD01": first + second}
    frame_of = replaced(STANDARD, DATE=at, EAIT=f"{second:09}",
                        **{name: f"{wh:09}" for name, wh in said.items()})  # fmt: skip
    return frame(frame_of)


def of_frame(label: str) -> Callable[[Raw], Days]:
    """Groups of these labels; the meter's DATE, or the arrival."""

    def read(one: Heard) -> Iterator[Told]:
        text = one.payload.decode()
        at = re.search(r"\nDATE\t(\w{13})\t", text)
        for name, wh in re.findall(rf"\n({label})[ \t](\d{{9}})[ \t]", text):
            yield name, tic_clock(at[1]) if at else one.arrival, int(wh) * 1000

    return each(read)


def p1(ts: int, first: int, second: int) -> bytes:
    at = datetime.fromtimestamp(ts + 3600, UTC).strftime("%y%m%d%H%M%SW")
    return telegram(
        f"0-0:1.0.0({at})", "0-0:96.1.1(4530303939)", f"1-0:1.8.1({first / 1000:010.3f}*kWh)",
        f"1-0:1.8.2({second / 1000:010.3f}*kWh)", f"1-0:2.8.1({second / 1000:010.3f}*kWh)",
    )  # fmt: skip


def of_p1(code: str) -> Callable[[Raw], Days]:
    def read(one: Heard) -> Iterator[Told]:
        text = one.payload.decode()
        at = local(text.split("1.0.0(")[1][:12], "%y%m%d%H%M%S")
        for tier, whole, decimals in re.findall(rf"1-0:{code}\.(\d)\((\d+)\.(\d+)\*kWh", text):
            yield tier, at, int(whole + decimals) * 1000

    return each(read)


def teleinfo(payload: str) -> Callable[[Raw], Days]:
    """``raw`` of labels; the stamp ends with Z and is the meter's local clock."""

    def read(one: Heard) -> Iterator[Told]:
        said = json.loads(one.payload)
        stamp = said.get("DATE", {}).get("timestamp", {}).get("date")
        ts = local(stamp[:19], "%Y-%m-%dT%H:%M:%S") if stamp else one.arrival
        for label in (label for label in said if re.fullmatch(payload, label)):
            yield label, ts, int(said[label]["raw"]) * 1000

    return each(read)


def teleinfo_standard(ts: int, first: int, second: int) -> bytes:
    at = datetime.fromtimestamp(ts + 3600, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    said = {"EAST": first, "EASF01": first, "EASD01": first, "EAIT": second}
    groups = {label: {"raw": f"{wh:09}", "value": wh} for label, wh in said.items()}
    date = {"raw": "", "value": "", "timestamp": {"dst": "winter", "date": at}}
    return json.dumps({"ADSC": {"raw": "041861000072", "value": 1}, "DATE": date} | groups).encode()


def tasmota_standard(ts: int, first: int, second: int) -> bytes:
    """The meter's own clock stands before the module's."""
    at = datetime.fromtimestamp(ts + 3600, UTC)
    said = {"ADSC": "041861000006", "DATE": f"{at:H%y%m%d%H%M%S}", "EAST": f"{first:09}"}
    return json.dumps({"Time": f"{at:%Y-%m-%dT%H:%M:%S}", "TIC": said}).encode()


def of_tasmota(labels: str) -> Callable[[Raw], Days]:
    """Time is the local clock."""

    def read(one: Heard) -> Iterator[Told]:
        said = json.loads(one.payload)
        ts = local(said["Time"], "%Y-%m-%dT%H:%M:%S")
        for label in (label for label in said["TIC"] if re.fullmatch(labels, label)):
            yield label, ts, int(said["TIC"][label]) * 1000

    return each(read)


def tasmota(ts: int, first: int, second: int) -> bytes:
    at = datetime.fromtimestamp(ts + 3600, UTC)
    said = {"ADCO": "021861000002", "HCHC": f"{first:09}", "HCHP": f"{second:09}", "PAPP": "00430"}
    return json.dumps({"Time": f"{at:%Y-%m-%dT%H:%M:%S}", "TIC": said}).encode()


def after(
    first: list[tuple[str, str]], then: Callable[[], list[Heard]]
) -> Callable[[], list[Heard]]:
    """Messages that describe, a minute before the others."""
    start = EVENINGS[0][0] - 60
    return lambda: [Heard(start, topic, text.encode()) for topic, text in first] + then()


def both(*several: Callable[[], list[Heard]]) -> Callable[[], list[Heard]]:
    """Topics of one device: in the order of their arrival, those first that stand first."""
    return lambda: sorted((one for some in several for one in some()), key=lambda one: one.arrival)


def only(topic: str, scale: int) -> Callable[[Raw], Days]:
    """Plain decimals on one topic, at their arrival."""

    def read(one: Heard) -> Iterator[Told]:
        if one.topic.endswith(topic):
            whole, _, decimals = one.payload.decode().partition(".")
            yield "", one.arrival, int(whole + decimals) * scale // 10 ** len(decimals)

    return each(read)


def half_hours(raw: Raw) -> Days:
    """Wh of half an hour from bt + t on."""
    told = []
    for one in raw:
        assert isinstance(one, Heard)
        (record,) = json.loads(one.payload)
        start = record["bt"] + record["t"]
        told.append((start, start + 1800, round(record["v"] * 1000)))
    return of_intervals(told)


ZLINKY = (
    '{"apparent_power":783,"current_summ_delivered":<kwh>,"current_summ_received":<kwh2>,'
    '"current_tarif":"BASE","current_tier1_summ_delivered":<kwh>,"last_seen":"<iso>",'
    '"meter_serial_number":"041861000012"}'
)
ZLINKY_TIERS = (
    '{"active_register_tier_delivered":"HC..","current_summ_delivered":0,"current_tarif":"HC..",'
    '"current_tier1_summ_delivered":<kwh>,"current_tier2_summ_delivered":<kwh2>,'
    '"last_seen":"<iso>","meter_serial_number":"021861000014"}'
)
EM = (
    '{"src":"shellypro3em-99aabbccdd05","method":"NotifyStatus","params":{"ts":<unix>,"emdata:0":'
    '{"id":0,"a_total_act_energy":1.5,"total_act":<wh>,"total_act_ret":<wh2>}}}'
)
SENML = '[{"bn":"m1/","bt":<unix>,"bu":"kWh","n":"electricity/consumption/TOTAL","v":<kwh>}]'
SENML_STEP = (
    '[{"bn":"m1/","bt":<unix>,"bu":"Wh","n":"electricity/consumption/TOTAL/PT30M","t":-1800,'
    '"v":215.75}]'
)
DIEHL = (
    '{"_":"telegram","media":"electricity","meter":"esyswm","name":"Strom","id":"77997709",'
    '"total_energy_consumption_kwh":<kwh>,"total_energy_production_kwh":<kwh2>,'
    '"timestamp":"<iso>"}'
)
STATES = "homeassistant/sensor/linky_total"
DESCRIBED = [
    (f"{STATES}/unit_of_measurement", '"kWh"'),
    (f"{STATES}/device_class", '"energy"'),
    (f"{STATES}/state_class", '"total_increasing"'),
]
UPLINK = (
    '{"time":"<iso>","deviceInfo":{"devEui":"99000000000000a1","tags":{}},"fCnt":7,"fPort":85,'
    '"object":{"energy":{"value":<kwh>,"unit":"kWh"}}}'
)
CONFIG = (
    '{"stat_t":"esp/99/energy","uniq_id":"esp99_total","dev_cla":"energy","stat_cla":'
    '"total_increasing","unit_of_meas":"kWh","dev":{"ids":"esp-99","name":"Compteur"}}'
)
FOUND = [("hass/durand/homeassistant/sensor/esp99_total/config", CONFIG)]
INJECTED, MADE = ("electricity", "injection"), ("solar", "production")

# fmt: off
PROOFS = (
    Proof("linky_tic", heard("tic/cellar", historique), of_frame("HCH[CP]"), device="021861000001"),
    Proof("linky_tic", heard("tic/cellar", standard), of_frame("EAST"), device="041861000001"),
    Proof("linky_tic", heard("tic/cellar", standard), of_frame("EAIT"), *INJECTED, device="041861000001"),
    Proof("dsmr_p1", heard("dsmr/x/telegram", p1), of_p1("1.8"), device="E0099"),
    Proof("dsmr_p1", heard("dsmr/x/telegram", p1), of_p1("2.8"), *INJECTED, device="E0099"),
    Proof("teleinfo2mqtt", of("teleinfo/021861000071", '{"ADCO":{"raw":"021861000071"},"HCHC":{"raw":"00<wh>"},"HCHP":{"raw":"00<wh2>"}}'), teleinfo("HCH[CP]"), device="021861000071"),
    Proof("teleinfo2mqtt", heard("teleinfo/041861000072", teleinfo_standard), teleinfo("EAST"), device="041861000072"),
    Proof("teleinfo2mqtt", heard("teleinfo/041861000072", teleinfo_standard), teleinfo("EAIT"), *INJECTED, device="041861000072"),
    Proof("tasmota_teleinfo", heard("tele/hchp/SENSOR", tasmota), of_tasmota("HCH[CP]"), device="021861000002"),
    Proof("tasmota_teleinfo", heard("tele/linky/SENSOR", tasmota_standard), of_tasmota("EAST"), device="041861000006"),
    Proof("zigbee2mqtt_zlinky", of("zigbee2mqtt/ZLinky", ZLINKY), fields('"(current_summ_delivered)":([0-9.]+)', 10**6, '"last_seen":"([^"]+)'), device="041861000012"),
    Proof("zigbee2mqtt_zlinky", of("zigbee2mqtt/ZLinky", ZLINKY), fields('"(current_summ_received)":([0-9.]+)', 10**6, '"last_seen":"([^"]+)'), *INJECTED, device="041861000012"),
    Proof("zigbee2mqtt_zlinky", of("zigbee2mqtt/hchp", ZLINKY_TIERS), fields(r'"(current_tier\d)_summ_delivered":([0-9.]+)', 10**6, '"last_seen":"([^"]+)'), device="021861000014"),
    Proof("shelly_gen1", of("shellies/shellyem-99AA01/emeter/0/total", "<wh>.0"), only("total", 1000), device="shellyem-99AA01/0"),
    Proof("shelly_gen1", of("shellies/shellyem-99AA01/emeter/0/total_returned", "<wh2>.5"), only("returned", 1000), *INJECTED, device="shellyem-99AA01/0"),
    Proof("shelly_gen1", of("shellies/toit-solaire/emeter/0/total", "<wh2>.5"), only("total", 1000), *MADE, device="toit-solaire/0"),
    Proof("shelly_gen2", of("shellypro3em-99aabbccdd05/events/rpc", EM), fields('"(total_act)":([0-9.]+)', 1000, '"ts":([0-9]+)'), device="shellypro3em-99aabbccdd05"),
    Proof("shelly_gen2", of("shellypro3em-99aabbccdd05/events/rpc", EM), fields('"(total_act_ret)":([0-9.]+)', 1000, '"ts":([0-9]+)'), *INJECTED, device="shellypro3em-99aabbccdd05"),
    Proof("senml", of("hub/v1/gw/readings", SENML), fields('("v"):([0-9.]+)', 10**6, '"bt":([0-9]+)'), device="m1"),
    Proof("senml", of("hub/v1/gw/readings", SENML_STEP), half_hours, device="m1"),
    Proof("wmbusmeters", of("wmbusmeters/Strom", DIEHL), fields('"total_energy_(consumption)_kwh":([0-9.]+)', 10**6, '"timestamp":"([^"]+)'), device="77997709"),
    Proof("wmbusmeters", of("wmbusmeters/Strom", DIEHL), fields('"total_energy_(production)_kwh":([0-9.]+)', 10**6, '"timestamp":"([^"]+)'), *INJECTED, device="77997709"),
    Proof("lorawan", of("application/app1/device/99000000000000a1/event/up", UPLINK), fields('"(energy)":{"value":([0-9.]+)', 10**6, '"time":"([^"]+)'), device="99000000000000A1"),
    Proof("homeassistant_statestream", after(DESCRIBED, of(f"{STATES}/state", "<kwh>")), only("/state", 10**6), device="sensor.linky_total"),
    Proof("homeassistant_discovery", after(FOUND, of("hass/durand/esp/99/energy", "<kwh>")), only("/energy", 10**6), device="durand/esp99_total"),
    Proof("opendtu", both(of("solar/114180001234/status/last_update", "<unix>"), of("solar/114180001234/0/yieldtotal", "<kwh2>")), only("/yieldtotal", 10**6), *MADE, device="114180001234"),
    Proof("ahoydtu", both(of("inverter/Balkon/last_success", "<unix>"), of("inverter/Balkon/ch0/YieldTotal", "<kwh2>")), only("ch0/YieldTotal", 10**6), *MADE, device="inverter/Balkon"),
)
# fmt: on


@pytest.fixture
def url(stack: Stack) -> Iterator[str]:
    with stack.fresh_database() as address:
        yield address


@pytest.fixture
def conn(url: str) -> Iterator[Connection]:
    with connect(url, application="test") as connection:
        a_home(connection)
        yield connection


@pytest.mark.parametrize(
    "proof", [pytest.param(p, id=f"{n}-{p.connector}-{p.flow}") for n, p in enumerate(PROOFS)]
)
def test_day_totals_of_messages(conn: Connection, url: str, proof: Proof) -> None:
    wanted = proof.by_hand(proof.raw())
    assert sum(wanted.values()) > 0
    hear_messages(conn, proof)
    assert shown(conn, url, proof.commodity, proof.flow) == dict(wanted)


def tells_electricity(case: golden.Case) -> bool:
    """Whether its golden output holds energy of electricity, or of a roof."""
    lines = [one for one in io.StringIO(case.expected.read_text("utf-8")) if one[0] != "#"]
    return any(
        row["commodity"] in ("electricity", "solar") and row["quantity"] == "energy"
        for row in csv.DictReader(lines)
    )


def test_every_connector_of_electricity_has_its_proof() -> None:
    wanted = {case.connector for case in golden.cases() if tells_electricity(case)}
    proved = {proof.connector for proof in (*PROOFS, *test_day_totals_files.PROOFS)}
    proved |= {connector for connector, _ in test_day_totals.WHOLE.values()}
    proved |= set(test_day_totals.IN_TESTS)
    assert len(wanted) > 20
    assert wanted <= set(connectors.names())
    assert wanted - proved - set(WITHOUT) == set()
    assert all(WITHOUT.values())
    assert set(WITHOUT) & proved == set()
