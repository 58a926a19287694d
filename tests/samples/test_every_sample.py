# ruff: noqa: E501 - names of samples are as long as they are
"""Every real sample, one by one: who reads it, and what becomes of its rows. Nothing is left out.

Files are loaded (tried, each on its own) as ``hub load`` does, on a hub that knows their meters;
captures of messages are decoded by the connector that their topics lead to in the default
configuration. A file that is not in the tables below fails, and so does one that is read otherwise.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import connectors
from hub.intake.outcomes import Outcome, counts, row_outcomes
from hub.intake.report import LoadReport
from hub.model import Context, Decoded
from hub.store.connection import Connection, connect
from ingest.config import Routing, defaults
from ingest.load import Loader, Options, SourceFile
from tests.connectors.golden import accounted
from tests.ingest.meters import GIVEN, bring_meters
from tests.ingest.test_load import decoders
from tests.stack import Stack
from tests.store.district import bring

SAMPLES = Path(__file__).parents[3] / "shared" / "samples"
ARRIVAL = 1_795_348_800
pytestmark = [
    pytest.mark.samples,
    pytest.mark.skipif(
        not SAMPLES.is_dir(),
        reason="the sample files are not beside the repository (../shared/samples)",
    ),
]

#: What is beside the samples and no sample itself -> why it is not loaded.
BESIDE = {
    "SOURCES.md": "says where the samples come from",
    "electricity/enedis-flux/expected/*": "what another program read from the flux beside it",
    "standards/green-button-espi/expected/*": "what another program read from the file beside it",
    "water/lorawan-uplink/*_result.json": "what the codec makes of the payload beside it",
    "water/wmbusmeters-json/README*": "a page of documentation with one message in it",
}
#: File -> who reads it, and what becomes of its rows ("rows: outcomes (why rejected)"), or why it
#: is refused as a whole.
# fmt: off
FILES: dict[str, tuple[str | None, str]] = {
    "electricity/dsmr-p1/dsmr_parser_TELEGRAM_ESY5Q3DA1004_V304.txt": ("dsmr_p1", "1: 1 rejected (missing_time)"),
    "electricity/dsmr-p1/dsmr_parser_TELEGRAM_ESY5Q3DB1024_V304.txt": ("dsmr_p1", "1: 1 rejected (missing_time)"),
    "electricity/dsmr-p1/dsmr_parser_TELEGRAM_FLUVIUS_V171.txt": ("dsmr_p1", "1: 1 accepted"),
    "electricity/dsmr-p1/dsmr_parser_TELEGRAM_ISKRA_IE.txt": ("dsmr_p1", "1: 1 accepted"),
    "electricity/dsmr-p1/dsmr_parser_TELEGRAM_SAGEMCOM_T210_D_R.txt": ("dsmr_p1", "1: 1 accepted"),
    "electricity/dsmr-p1/dsmr_parser_TELEGRAM_V2_2.txt": ("dsmr_p1", "1: 1 rejected (missing_time)"),
    "electricity/dsmr-p1/dsmr_parser_TELEGRAM_V3.txt": ("dsmr_p1", "1: 1 rejected (missing_time)"),
    "electricity/dsmr-p1/dsmr_parser_TELEGRAM_V4_2.txt": ("dsmr_p1", "1: 1 accepted"),
    "electricity/dsmr-p1/dsmr_parser_TELEGRAM_V5.txt": ("dsmr_p1", "1: 1 accepted"),
    "electricity/enedis-data-connect/myelectricaldatapy_access.json": ("enedis_data_connect", "no_readings"),
    "electricity/enedis-data-connect/myelectricaldatapy_contract.json": ("enedis_data_connect", "no_readings"),
    "electricity/enedis-data-connect/myelectricaldatapy_daily.json": ("enedis_data_connect", "365: 365 accepted"),
    "electricity/enedis-data-connect/myelectricaldatapy_detail.json": ("enedis_data_connect", "144: 144 accepted"),
    "electricity/enedis-data-connect/myelectricaldatapy_ecowatt.json": ("ecowatt", "48: 48 accepted"),
    "electricity/enedis-data-connect/myelectricaldatapy_tempo.json": ("tempo", "3: 3 accepted"),
    "electricity/enedis-flux/electricore_c15_avec_releves.xml": ("enedis_flux_c15", "7: 7 accepted"),
    "electricity/enedis-flux/electricore_f12.xml": ("enedis_flux_r15", "no_readings"),
    "electricity/enedis-flux/electricore_f15.xml": ("enedis_flux_r15", "no_readings"),
    "electricity/enedis-flux/electricore_r15.xml": ("enedis_flux_r15", "4: 2 ignored, 2 accepted"),
    "electricity/enedis-flux/electricore_r151.xml": ("enedis_flux_r151", "5: 5 accepted"),
    "electricity/enedis-flux/electricore_r64.json": ("enedis_flux_r64", "13: 13 accepted"),
    "electricity/enedis-portal-csv/aeneria_Enedis_Conso_Heure.csv": ("enedis_portal_csv", "107: 3 ignored, 13 gap, 91 accepted"),
    "electricity/enedis-portal-csv/aeneria_Enedis_Conso_Jour_index.csv": ("enedis_portal_csv", "271: 7 ignored, 264 accepted"),
    "electricity/enedis-portal-csv/halinky_issue99_debut_fin_kw.csv": ("enedis_portal_csv", "2: 1 ignored, 1 accepted"),
    "electricity/enedis-portal-csv/quoalise_cdc_10min_excerpt.csv": ("enedis_portal_csv", "8: 4 ignored, 2 gap, 2 accepted"),
    "electricity/enedis-portal-csv/tempo-comparatif_conso_headerless_crlf.csv": ("enedis_portal_csv", "579: 579 accepted"),
    "electricity/enedis-sge-soap/lowatt_consulterMesuresDetailleesResponse.xml": ("enedis_sge_soap", "8: 8 accepted"),
    "electricity/enedis-sge-soap/lowatt_consulterMesuresResponse.xml": ("enedis_sge_soap", "4: 4 accepted"),
    "electricity/mqtt-shelly/ha_core_pro_3em_status.json": ("shelly_gen2", "1: 1 accepted"),
    "electricity/mqtt-teleinfo2mqtt/history.json": ("teleinfo2mqtt", "1: 1 rejected (bad_number)"),
    "electricity/mqtt-teleinfo2mqtt/standard_excerpt.json": ("teleinfo2mqtt", "1: 1 accepted"),
    "electricity/tic/enedis-oss_ticFrameHistoric.txt": ("linky_tic", "9: 8 ignored, 1 accepted"),
    "electricity/tic/enedis-oss_ticFrameStandard.txt": ("linky_tic", "38: 23 ignored, 15 accepted"),
    "electricity/tic/enedis-oss_ticFrameStandard_PCOUP_bad_checksum.txt": ("linky_tic", "38: 22 ignored, 15 accepted, 1 rejected (bad_checksum)"),
    "electricity/tic/enedis-oss_ticFrameStandard_summarized.json": ("linky_tic", "1: 1 rejected (bad_checksum)"),
    "electricity/tic/pyteleinfo_captured_tempo_historique.bin": ("linky_tic", "160: 154 ignored, 6 accepted"),
    "electricity/wmbusmeters-json/wmbusmeters_electricity_a.jsonl": ("wmbusmeters", "27: 5 ignored, 22 rejected (too_early)"),
    "gas/grdf-adict/lowatt_donnees_consos_informatives.ndjson": ("grdf_adict", "1: 1 accepted"),
    "gas/grdf-adict/lowatt_donnees_consos_publiees.ndjson": ("grdf_adict", "1: 1 accepted"),
    "gas/grdf-adict/lowatt_donnees_contractuelles.json": ("grdf_adict", "no_readings"),
    "gas/grdf-adict/lowatt_donnees_techniques.json": ("grdf_adict", "no_readings"),
    "gas/grdf-portal-json/pygazpar_donnees_informatives_edge_records.json": ("grdf_portal_json", "2: 1 gap, 1 accepted"),
    "gas/grdf-portal-json/pygazpar_donnees_informatives_first150.json": ("grdf_portal_json", "150: 150 accepted"),
    "gas/grdf-portal-json/pygazpar_temperatures.json": ("grdf_portal_json", "no_readings"),
    "gas/grdf-portal-xlsx/pygazpar_Donnees_informatives_PCE_DAILY.xlsx": ("grdf_portal_xlsx", "372: 9 ignored, 3 gap, 360 accepted"),
    "gas/grdf-portal-xlsx/pygazpar_Donnees_informatives_PCE_MONTHLY.xlsx": ("grdf_portal_xlsx", "22: 9 ignored, 13 accepted"),
    "gas/grdf-portal-xlsx/pygazpar_Donnees_informatives_PCE_WEEKLY.xlsx": ("grdf_portal_xlsx", "62: 9 ignored, 53 accepted"),
    "gas/pygazpar-output/daily_data_sample.json": ("pygazpar", "200: 200 accepted"),
    "gas/pygazpar-output/hourly_data_sample.json": (None, "no_rows"),
    "gas/pygazpar-output/monthly_data_sample.json": ("pygazpar", "24: 24 accepted"),
    "gas/pygazpar-output/weekly_data_sample.json": ("pygazpar", "102: 102 accepted"),
    "gas/pygazpar-output/yearly_data_sample.json": ("pygazpar", "2: 1 ignored, 1 accepted"),
    "gas/wmbusmeters-json/wmbusmeters_gas_a.jsonl": ("wmbusmeters", "4: 4 rejected (too_early)"),
    "grid/eco2mix/odre_record_2022-06-01.json": ("eco2mix", "1: 1 accepted"),
    "grid/tempo/api_couleur_tempo.jsonl": ("tempo", "2: 1 gap, 1 accepted"),
    "grid/tempo/rte_tempoLight.json": ("tempo", "2: 2 accepted"),
    "grid/tempo/rte_tempo_like_calendars.json": ("tempo", "3: 3 accepted"),
    "grid/tempo/tempo-comparatif_tempo.json": ("tempo", "1489: 1489 accepted"),
    "heat/wmbusmeters-json/wmbusmeters_hca_a.jsonl": ("wmbusmeters", "21: 2 ignored, 19 rejected (too_early)"),
    "heat/wmbusmeters-json/wmbusmeters_heat_a.jsonl": ("wmbusmeters", "28: 1 ignored, 27 rejected (too_early)"),
    "solar/enphase-envoy-local/pyenphase_3.9.36_api_v1_production.json": ("enphase_envoy", "1: 1 accepted"),
    "solar/enphase-envoy-local/pyenphase_3.9.36_api_v1_production_inverters.json": ("enphase_envoy", "1: 1 ignored"),
    "solar/enphase-envoy-local/pyenphase_7.3.517_api_v1_production.json": ("enphase_envoy", "1: 1 accepted"),
    "solar/enphase-envoy-local/pyenphase_7.3.517_api_v1_production_inverters.json": ("enphase_envoy", "1: 1 ignored"),
    "solar/enphase-envoy-local/pyenphase_7.3.517_production_json.json": ("enphase_envoy", "1: 1 accepted"),
    "solar/enphase-envoy-local/pyenphase_7.3.517_production_noext.json": ("enphase_envoy", "1: 1 accepted"),
    "solar/enphase-envoy-local/pyenphase_7.6.175_with_cts_3phase_api_v1_production.json": ("enphase_envoy", "1: 1 accepted"),
    "solar/enphase-envoy-local/pyenphase_7.6.175_with_cts_3phase_api_v1_production_inverters.json": ("enphase_envoy", "1: 1 ignored"),
    "solar/enphase-envoy-local/pyenphase_7.6.175_with_cts_3phase_ivp_meters.json": ("enphase_envoy", "1: 1 ignored"),
    "solar/enphase-envoy-local/pyenphase_7.6.175_with_cts_3phase_ivp_meters_readings.json": ("enphase_envoy", "1: 1 accepted"),
    "solar/enphase-envoy-local/pyenphase_7.6.175_with_cts_3phase_production_json.json": ("enphase_envoy", "1: 1 accepted"),
    "solar/enphase-envoy-local/pyenphase_7.6.175_with_cts_3phase_production_noext.json": ("enphase_envoy", "1: 1 accepted"),
    "solar/fronius-solar-api/pyfronius_v0_GetInverterRealtimeData___Scope-Device_DeviceIndex-1_DataCollection-CommonInverterData.json": ("fronius", "1: 1 accepted"),
    "solar/fronius-solar-api/pyfronius_v0_GetInverterRealtimeData___Scope-Device_DeviceIndex-1_DataCollection-CumulationInverterData.json": ("fronius", "1: 1 accepted"),
    "solar/fronius-solar-api/pyfronius_v0_GetInverterRealtimeData___Scope-System.json": ("fronius", "1: 1 accepted"),
    "solar/fronius-solar-api/pyfronius_v1_v1_GetInverterRealtimeData___Scope-Device_DeviceId-1_DataCollection-3PInverterData.json": ("fronius", "1: 1 ignored"),
    "solar/fronius-solar-api/pyfronius_v1_v1_GetInverterRealtimeData___Scope-Device_DeviceId-1_DataCollection-CommonInverterData.json": ("fronius", "1: 1 accepted"),
    "solar/fronius-solar-api/pyfronius_v1_v1_GetInverterRealtimeData___Scope-System.json": ("fronius", "1: 1 accepted"),
    "solar/fronius-solar-api/pyfronius_v1_v1_GetMeterRealtimeData___Scope-Device_DeviceId-0.json": ("fronius", "1: 1 ignored"),
    "solar/fronius-solar-api/pyfronius_v1_v1_GetMeterRealtimeData___Scope-System.json": ("fronius", "1: 1 ignored"),
    "solar/fronius-solar-api/pyfronius_v1_v1_GetPowerFlowRealtimeData.json": ("fronius", "1: 1 ignored"),
    "solar/fronius-solar-api/pyfronius_v1_v1_GetStorageRealtimeData___Scope-Device_DeviceId-0.json": ("fronius", "1: 1 ignored"),
    "solar/fronius-solar-api/pyfronius_v1_v1_GetStorageRealtimeData___Scope-System.json": ("fronius", "1: 1 ignored"),
    "solar/solaredge-api/energy_hour.json": ("solaredge", "24: 18 gap, 6 accepted"),
    "solar/solaredge-api/energy_month.json": ("solaredge", "4: 4 accepted"),
    "solar/solaredge-api/overview.json": ("solaredge", "1: 1 accepted"),
    "standards/green-button-espi/abridged_electric_containerized.xml": ("green_button", "9: 1 ignored, 8 accepted"),
    "standards/green-button-espi/abridged_gas_containerized.xml": ("green_button", "3: 3 rejected (bad_unit)"),
    "standards/green-button-espi/abridged_gas_direct.xml": ("green_button", "5: 5 rejected (wrong_quantity)"),
    "standards/green-button-espi/electricity_TestGBDataHourlyNineDaysBinnedDaily.xml": ("green_button", "217: 1 ignored, 216 accepted"),
    "standards/green-button-espi/natural_gas_ngma_natural_gas_billing_billing_data_Service_1_1_2021-05-26_to_2024-04-25.xml": ("green_button", "35: 35 rejected (wrong_quantity)"),
    "standards/ngsi-ld/ACMeasurement_example-normalized_excerpt.json": ("ngsi_ld", "1: 1 accepted"),
    "standards/ngsi-ld/DeviceMeasurement_example-normalized.jsonld": ("ngsi_ld", "1: 1 ignored"),
    "standards/senml/mainflux_http_message.json": ("senml", "3: 3 rejected (bad_name)"),
    "standards/senml/quoalise_prm_load_curve.xml": ("quoalise", "4: 4 accepted"),
    "standards/senml/rfc8428_example_multiple_datapoints.xml": ("senml", "7: 7 rejected (bad_name)"),
    "water/lorawan-uplink/milesight_EM300-DI_ChirpStack_payload.json": ("lorawan", "1: 1 accepted"),
    "water/lorawan-uplink/milesight_EM300-DI_Hall_ChirpStack_payload.json": ("lorawan", "1: 1 accepted"),
    "water/lorawan-uplink/milesight_EM300-DI_Hall_ThingsStackCommunity_payload.json": ("lorawan", "1: 1 accepted"),
    "water/lorawan-uplink/milesight_EM300-DI_Hall_ThingsStackIndustries_payload.json": ("lorawan", "1: 1 accepted"),
    "water/lorawan-uplink/milesight_EM300-DI_LORIOT_payload.json": ("lorawan", "1: 1 accepted"),
    "water/lorawan-uplink/milesight_EM300-DI_ThingsStackCommunity_payload.json": ("lorawan", "1: 1 accepted"),
    "water/lorawan-uplink/milesight_EM300-DI_ThingsStackIndustries_payload.json": ("lorawan", "1: 1 accepted"),
    "water/lorawan-uplink/ttn_axioma_qalcosonic_w1_decoded.json": ("lorawan", "1: 1 accepted"),
    "water/veolia-idf-csv/historique_jours_litres.csv": ("veolia_csv", "16: 1 ignored, 15 accepted"),
    "water/veolia-idf-csv/historique_mois_litres.csv": ("veolia_csv", "7: 1 ignored, 6 accepted"),
    "water/wmbusmeters-json/wmbusmeters_water_a.jsonl": ("wmbusmeters", "88: 4 ignored, 84 rejected (too_early)"),
    "weather/meteo-france-csv/H_44_blain_excerpt.csv": ("meteo_france_csv", "5: 1 ignored, 4 accepted"),
    "weather/meteo-france-csv/MN_infrahoraire_arbent_excerpt.csv": ("meteo_france_csv", "no_rows"),
    "weather/meteo-france-csv/Q_38_autrans_excerpt.csv": ("meteo_france_csv", "2: 1 ignored, 1 accepted"),
    "weather/open-meteo-json/paris_hourly_2024-08-17.json": ("open_meteo", "24: 24 accepted"),
}
#: Capture -> who reads its messages by default (None: nobody), and what becomes of their rows.
CAPTURES: dict[str, dict[str | None, str]] = {
    "electricity/mqtt-homeassistant-discovery/z2m_lixee_discovery.tsv": {"homeassistant_discovery": "1: 1 ignored"},
    "electricity/mqtt-shelly/aiida_pro3em_notify.tsv": {"shelly_gen2": "4: 1 ignored, 3 accepted", None: "1: 1 ignored"},
    "electricity/mqtt-shelly/enesbcs_shellyem_gen1.tsv": {"shelly_gen1": "4: 1 ignored, 3 accepted"},
    "electricity/mqtt-tasmota-teleinfo/bernaerts_readme_2021_2023.tsv": {"tasmota_teleinfo": "4: 4 accepted"},
    "electricity/mqtt-tasmota-teleinfo/issue20_2024_historique.tsv": {"tasmota_teleinfo": "2: 2 accepted"},
    "electricity/mqtt-tasmota-teleinfo/issue5_standard_triphase_2021.tsv": {"tasmota_teleinfo": "1: 1 accepted"},
    "electricity/mqtt-zigbee2mqtt-zlinky/issues_2021_2023.tsv": {None: "1: 1 ignored", "zigbee2mqtt_zlinky": "3: 3 accepted"},
    "solar/mqtt-opendtu/opendtu_hm800_night_2023.tsv": {None: "35: 35 ignored", "opendtu": "7: 5 ignored, 1 gap, 1 accepted"},
}
# fmt: on


def under_test() -> list[Path]:
    """Every file of the samples that is one."""
    beside = {path for pattern in BESIDE for path in SAMPLES.glob(pattern)}
    return sorted(p for p in SAMPLES.rglob("*") if p.is_file() and p not in beside)


def name(path: Path) -> str:
    return path.relative_to(SAMPLES).as_posix()


@pytest.fixture(scope="module")
def conn(stack: Stack) -> Iterator[Connection]:
    """A hub on which every meter of the samples is registered, each at usage points of its own."""
    with (
        stack.fresh_database() as url,
        connect(url, application="samples") as connection,
    ):
        bring(connection)
        assert bring_meters(connection, under_test()) > 50
        yield connection


def told(rows: int, outcomes: dict[str, int], reasons: Counter[str]) -> str:
    """ "107: 91 accepted, 13 gap, 3 ignored"."""
    some = ", ".join(f"{count} {outcome}" for outcome, count in outcomes.items() if count)
    why = f" ({', '.join(sorted(reasons))})" if reasons else ""
    return f"{rows}: {some}{why}"


def told_of(report: LoadReport) -> str:
    """What became of a file's rows."""
    reasons = Counter(reject.reason for reject in report.rejects)
    return told(report.rows_read, report.counts, reasons)


def test_every_file_is_in_a_table() -> None:
    assert len(under_test()) > 90
    assert {name(path) for path in under_test()} == {*FILES, *CAPTURES}
    for pattern, why in BESIDE.items():
        assert list(SAMPLES.glob(pattern)), pattern
        assert why
    read = {connector for connector, _ in FILES.values() if connector}
    read |= {connector for found in CAPTURES.values() for connector in found if connector}
    assert len(read) >= 25


@pytest.mark.parametrize("path", list(FILES))
def test_a_file_is_read_as_the_table_says(conn: Connection, path: str) -> None:
    loader = Loader(conn, decoders(), Options(dry_run=True))
    (report,) = loader.load([SourceFile(SAMPLES / path, usage_point=GIVEN)])
    connector, expected = FILES[path]
    assert report.connector == connector
    if report.problem is not None:
        assert report.problem.reason == expected
        return
    assert sum(report.counts.values()) == report.rows_read
    assert len({reject.row for reject in report.rejects}) == report.counts["rejected"]
    assert told_of(report) == expected
    for language in ("fr", "en"):
        assert all(line.isprintable() for line in report.lines(language))


@pytest.mark.parametrize(
    "path", sorted(SAMPLES.glob("water/lorawan-uplink/*_payload.json")), ids=name
)
def test_a_counter_s_uplink_is_what_another_converter_made_of_it(stack: Stack, path: Path) -> None:
    """Each of these counts is a litre, as the registry says: 256 are 0.256 m3."""
    answer = json.loads(path.with_name(path.name.replace("_payload", "_result")).read_bytes())
    (wanted,) = [
        (entry["ts"] // 1000, round(entry["values"][field] * 1000))
        for entry in (answer[0] if isinstance(answer, list) else answer)["telemetry"]
        for field in ("pulse", "water")
        if field in entry["values"]
    ]
    with stack.fresh_database() as url, connect(url, application="samples") as conn:
        bring(conn)
        assert bring_meters(conn, [path]) == 1
        (report,) = Loader(conn, decoders(), Options()).load([SourceFile(path)])
        assert told_of(report) == "1: 1 accepted"
        rows = conn.execute(
            "SELECT extract(epoch FROM ts)::int8, value, commodity, quantity FROM reading"
            " JOIN channel USING (channel_id)"
        ).fetchall()
    assert rows == [(*wanted, "water", "volume")]


@pytest.mark.parametrize("path", list(CAPTURES))
def test_a_capture_s_messages_go_where_the_table_says(conn: Connection, path: str) -> None:
    """Each message by the connector that its topic leads to; those of no connector are counted."""
    routing, heard = Routing(defaults()), dict[str, bytes]()
    found: dict[str | None, list[Decoded]] = {}
    for line in (SAMPLES / path).read_bytes().splitlines():
        topic, tab, payload = line.decode().partition("\t")
        assert tab, "topic TAB payload"
        route = routing.route(topic)
        others = {t: p for t, p in heard.items() if t != topic}
        heard[topic] = payload.encode()
        if route is None:
            found.setdefault(None, []).append(Decoded(1, ignored=1))
            continue
        context = Context(received_at=ARRIVAL, topic=topic, companions=others)
        decoded = connectors.load(route.connector).decode(payload.encode(), context)
        assert len(accounted(decoded)) + decoded.ignored == decoded.rows
        found.setdefault(route.connector, []).append(decoded)
    assert {connector: summed(parts) for connector, parts in found.items()} == CAPTURES[path]
    (refused,) = Loader(conn, decoders(), Options(dry_run=True)).load([SourceFile(SAMPLES / path)])
    assert refused.problem is not None
    assert refused.problem.reason == "messages"  # as a file it says where it belongs


def summed(parts: list[Decoded]) -> str:
    """What becomes of the rows of several messages on a hub that takes all that can be read."""
    total: Counter[str] = Counter(dict.fromkeys(counts(row_outcomes(Decoded(0))), 0))
    reasons: Counter[str] = Counter()
    for decoded in parts:
        rows = row_outcomes(decoded)
        for series in decoded.series:
            for row in series.row if series.row is not None else [1] * len(series.ts):
                rows[row - 1] = max(rows[row - 1], Outcome.ACCEPTED)
        total.update(counts(rows))
        reasons.update(reject.reason for reject in decoded.rejects)
    return told(sum(decoded.rows for decoded in parts), dict(total), reasons)
