"""Files as the portals write them, read back by their connectors."""

from datetime import UTC, date, datetime, timedelta
from io import BytesIO

import numpy as np
import openpyxl
import pytest

from connectors import load
from hub.model import Context, Series
from ingest.simulate.writers import enedis_csv, grdf_json, grdf_xlsx, senml, veolia_csv, wmbus

NOW = int(datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp())
DAYS = (date(2026, 10, 1), date(2026, 10, 2))
PRM = "99990000000007"


def read(connector: str, content: bytes, device: str = "") -> dict[str, Series]:
    """The series of a file by flow, register and kind; nothing in it may be refused."""
    module = load(connector)
    assert module.sniff(content[:65536]) >= 0.6
    decoded = module.decode(content, Context(received_at=NOW, device=device))
    assert decoded.rejects == []
    assert decoded.series
    return {f"{s.key.flow}/{s.key.register}/{s.key.kind}": s for s in decoded.series}


def ints(column: object) -> list[int]:
    return [int(value) for value in column]  # type: ignore[attr-defined]


STAMPS = ("2026-10-01T00:00:00+02:00", "2026-10-02T00:00:00+02:00", "2026-10-03T00:00:00+02:00")
MIDNIGHTS = [int(datetime.fromisoformat(stamp).timestamp()) for stamp in STAMPS]


def test_index_of_two_registers() -> None:
    peak, cheap = np.array([1000, 1800, 2500]), np.array([50, 950, 1700])
    found = read("enedis_portal_csv", enedis_csv.drawn_index(PRM, DAYS, STAMPS, peak, cheap))
    assert {s.key.device for s in found.values()} == {PRM}
    assert ints(found["consumption/F1/register"].value) == [50_000, 950_000, 1_700_000]
    assert ints(found["consumption/F2/register"].value) == [1_000_000, 1_800_000, 2_500_000]
    total = found["consumption/TOTAL/register"]
    assert ints(total.value) == [1_050_000, 2_750_000, 4_200_000]
    assert ints(total.ts) == MIDNIGHTS


def test_index_of_one_register() -> None:
    index = np.array([1000, 1800, 2500])
    found = read("enedis_portal_csv", enedis_csv.drawn_index(PRM, DAYS, STAMPS, index, None))
    assert set(found) == {f"consumption/{name}/register" for name in ("F1", "D1", "TOTAL")}
    assert ints(found["consumption/F1/register"].value) == [1_000_000, 1_800_000, 2_500_000]


def test_index_of_what_is_injected() -> None:
    index = np.array([1000, 1800, 2500])
    found = read("enedis_portal_csv", enedis_csv.injected_index(PRM, DAYS, STAMPS, index))
    assert ints(found["injection/TOTAL/register"].value) == [1_000_000, 1_800_000, 2_500_000]


@pytest.mark.parametrize(
    ("business", "flow"), [("Consommation", "consumption"), ("Production", "injection")]
)
def test_curve(business: str, flow: str) -> None:
    ends = ("2026-10-01T00:30:00+02:00", "2026-10-01T01:00:00+02:00", "2026-10-01T01:30:00+02:00")
    watts = np.array([240, 1200, 0])
    found = read("enedis_portal_csv", enedis_csv.curve(PRM, DAYS, ends, watts, business))
    series = found[f"{flow}/TOTAL/interval"]
    assert ints(series.value) == [120_000, 600_000, 0]
    assert ints(series.ts) == [MIDNIGHTS[0] + n * 1800 for n in range(3)]
    assert series.seconds is not None and set(ints(series.seconds)) == {1800}


GAS_DAYS = [date(2026, 10, 1) + timedelta(days=n) for n in range(3)]


def test_gas_by_json() -> None:
    content = grdf_json.informative({"99995000000001": (GAS_DAYS, [100, 107, 107, 110])})
    assert_gas(read("grdf_portal_json", content), "99995000000001")


def test_gas_by_spreadsheet() -> None:
    content = grdf_xlsx.daily("99995000000001", date(2026, 10, 4), GAS_DAYS, [100, 107, 107, 110])
    assert_gas(read("grdf_portal_xlsx", content, "99995000000001"), "99995000000001")


def assert_gas(found: dict[str, Series], device: str) -> None:
    """Seven m3 on the first gas day, none on the second, three on the third."""
    assert {s.key.device for s in found.values()} == {device}
    six = int(datetime.fromisoformat("2026-10-01T06:00:00+02:00").timestamp())
    register = found.get("consumption/TOTAL/register")
    if register is not None:
        told = dict(zip(ints(register.ts), ints(register.value), strict=True))
        assert told == {six + n * 86_400: v * 10**6 for n, v in enumerate((100, 107, 107, 110))}
    interval = found.get("consumption/TOTAL/interval")
    if interval is not None:
        assert ints(interval.ts) == [six + n * 86_400 for n in range(3)]
        assert ints(interval.value) == [7 * 10**6, 0, 3 * 10**6]
    assert register is not None or interval is not None


def test_the_spreadsheet_opens_elsewhere() -> None:
    content = grdf_xlsx.daily("99995000000001", date(2026, 10, 4), GAS_DAYS, [100, 107, 107, 110])
    sheet = openpyxl.load_workbook(BytesIO(content)).active
    assert sheet is not None and sheet.title == "Historique par mois"
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[8][1] == "Date de relevé"
    assert rows[9][1:5] == ["01/10/2026", 100, 107, 7]
    assert len(rows) == 12


def test_water_of_the_portal() -> None:
    stamps = ("2026-10-01 00:00:00", "2026-10-02 00:00:00", "2026-10-03 00:00:00")
    content = veolia_csv.daily(stamps, np.array([900, 1000, 1250, 1250]))
    found = read("veolia_csv", content, "EAU-DEMO-00001")
    register = found["consumption/TOTAL/register"]
    assert ints(register.ts) == MIDNIGHTS
    assert ints(register.value) == [1_000_000, 1_250_000, 1_250_000]


def test_telegrams_by_the_line() -> None:
    stamps = ("2026-10-01T00:00:00Z", "2026-10-01T00:30:00Z")
    lines = wmbus.water_lines("99100001", "EAU-DEMO-00001", [12_034, 12_100], stamps)
    lines += wmbus.gas_lines("99600002", "gaz-0001", [7, 9], stamps)
    found = {}
    decoded = load("wmbusmeters").decode(lines.encode(), Context(received_at=NOW))
    for series in decoded.series:
        found[series.key.commodity] = ints(series.value)
    assert found == {"water": [12_034_000, 12_100_000], "gas": [7_000, 9_000]}


def test_solar_registers() -> None:
    name = "solar/production/TOTAL"
    parts = [
        senml.register(serial, name, "Wh", [500, 512, 530], [MIDNIGHTS[0], *MIDNIGHTS[1:]])
        for serial in ("999410000005", "999410000016")
    ]
    decoded = load("senml").decode(senml.pack(parts), Context(received_at=NOW))
    assert decoded.rejects == []
    assert {s.key.device for s in decoded.series} == {"999410000005", "999410000016"}
    for series in decoded.series:
        assert series.key.commodity == "solar" and series.key.flow == "production"
        assert ints(series.ts) == MIDNIGHTS
        assert ints(series.value) == [500_000, 512_000, 530_000]
