"""What sensors of the world measure, by names that their makers' integrations give them."""

from __future__ import annotations

import orjson
import pytest

from connectors._roles import DRAWN, FED, ROOF, Role, is_roof, role_of, words_of
from hub.model import Decoded
from tests.connectors.messages import decode, values

#: What each name in the table below measures.
_ROLES: dict[str, Role | None] = {"drawn": DRAWN, "fed": FED, "roof": ROOF, "none": None}
#: role | device class | unit | names. "-" is a sensor of whose class nothing is known.
_TABLE = """
fed   | energy | kWh | linky_energie_reinjectee Énergie_réinjectée reinjection_reseau excedent
fed   | energy | kWh | energie_vendue vente_surplus excedent_solaire
fed   | energy | kWh | linky_energie_active_injectee energy_produced_tariff_1
fed   | energy | kWh | energy_returned_tariff_2 grid_feed_energy
fed   | energy | kWh | electricity_meter_energy_production_tarif_1 energie_fournie_au_reseau
fed   | energy | kWh | compteur_electrique_production_d_energie_tarif_1 grid_production_total
fed   | energy | kWh | elektriciteitsmeter_energieproductie_tarief_1
fed   | energy | kWh | stromzaehler_energieproduktion dsmr_reading_electricity_returned_1
fed   | energy | kWh | teruggeleverd_dal netzeinspeisung_gesamt
fed   | energy | kWh | smart_meter_63a_real_energy_produced p1_meter_energy_export_tariff_1
fed   | energy | kWh | zlinky_current_summ_received linky_produced_energy linky_production_total
fed   | energy | kWh | myelectricaldata_linky_01234_production lixee_production linky_solaire
fed   | energy | kWh | solaredge_m1_exported_kwh solis_modbus_inverter_total_energy_fed_into_grid
fed   | energy | kWh | deye_inverter_total_energy_sold growatt_export_to_grid_total
fed   | energy | kWh | envoy_1222_lifetime_net_energy_production power_meter_exported_energy
fed   | energy | kWh | goodwe_meter_total_energy_export sma_metering_total_yield
fed   | energy | kWh | compteur_production shellyem_channel_1_energy_returned
fed   | energy | kWh | shellypro3em_total_active_returned_energy
fed   | energy | kWh | victron_grid_energy_reverse_total powerwall_site_export
fed   | energy | kWh | pince_energy_produced
fed   | energy | kWh | zaehlerstand_2_8_0 zahler_2_8_1 p1_productie
fed   | power  | W   | solar_assistant_grid_power_out power_produced power_returned
fed   | power  | W   | solarnet_power_grid_export linky_sinsti tibber_pulse_power_production
fed   | power  | W   | sma_metering_power_supplied p1_energy_produced

drawn | energy | kWh | solaredge_m1_imported_kwh inverter_total_energy_bought achat_total
drawn | energy | kWh | solis_modbus_inverter_total_energy_imported_from_grid solarman_grid_import
drawn | energy | kWh | deye_inverter_total_grid_import deye_total_grid_consumption
drawn | energy | kWh | solaredge_purchased_energy huawei_solar_grid_consumption solax_grid_import
drawn | energy | kWh | envoy_1222_lifetime_net_energy_consumption growatt_import_from_grid_total
drawn | energy | kWh | goodwe_meter_total_energy_import sma_metering_total_absorbed netzbezug
drawn | energy | kWh | smart_meter_63a_real_energy_consumed energie_soutiree onduleur_soutirage
drawn | energy | kWh | electricity_meter_energy_consumption_tarif_1 energy_delivered_tariff1
drawn | energy | kWh | elektriciteitsmeter_energieverbruik_tarief_1 dsmr_electricity_delivered_2
drawn | energy | kWh | p1_meter_energy_import_tariff_2 victron_grid_energy_forward_total
drawn | energy | kWh | linky_east zlinky_current_tier1_summ_delivered
drawn | energy | kWh | myelectricaldata_consumption linky_index_hp teleinfo_index
drawn | energy | kWh | shellyem_channel_1_energy solde_compteur powerwall_site_import vendredi
drawn | energy | kWh | vendee maison_tarif_bleu stromverbrauch solarium panneau_electrique
drawn | energy | kWh | panneaux_rayonnants important consommation_pvc clim_inverter
drawn | energy | kWh | lave_linge_inverter pompe_piscine onduleur_ups_nas charging_station
drawn | energy | kWh | linky_consommation linky_gaston gaspard_index
drawn | energy | -   | linky_total maison
drawn | energy | kWh | zaehlerstand_1_8_0 huawei_solar_power_meter_consumption
drawn | power  | W   | huawei_solar_power_meter_active_power sofar_activepower_pcc_total
drawn | power  | W   | solaredge_grid_power solarnet_power_grid onduleur_puissance_reseau
drawn | power  | W   | envoy_1222_current_net_power_consumption power_meter_active_power
drawn | power  | W   | solis_meter_total_active_power goodwe_meter_active_power
drawn | power  | W   | deye_external_ct_power victron_grid_l1_power smart_meter_63a_real_power
drawn | power  | W   | p1_meter_power maison clim

roof  | energy | kWh | production_solaire energie_produite pv_produced_energy
roof  | energy | kWh | zonnepanelen_opgewekt compteur_production_solaire pv_gen_meter
roof  | energy | kWh | pv_meter_energy solar_generation solaredge_lifetime_energy
roof  | energy | kWh | solaredge_i1_ac_energy_kwh envoy_lifetime_production
roof  | energy | kWh | inverter_1222_energy_produced growatt_energy_produced onduleur_total
roof  | energy | kWh | solarnet_energy_total fronius_total_energy solis_energy_total
roof  | energy | kWh | deye_total_energy inverter_total_yield huawei_solar_total_yield
roof  | energy | kWh | goodwe_total_pv_generation sma_total_yield
roof  | energy | kWh | apsystems_lifetime_production_of_p1 wechselrichter_ertrag
roof  | energy | kWh | growatt_lifetime_energy_output victron_solarcharger_yield_total opendtu_ac
roof  | energy | kWh | victron_pvinverter_energy ecoflow_powerstream_solar_1 production
roof  | energy | kWh | panneaux_toit
roof  | energy | kWh | ecu_lifetime_energy sun2000_total sunny_boy_3_0 symo_8_2_total_energy
roof  | power  | W   | solarnet_power_photovoltaics envoy_1222_current_power_production
roof  | power  | W   | solaredge_current_power onduleur_puissance solax_pv_power
roof  | power  | W   | omvormer_vermogen

none  | energy | kWh | envoy_1222_lifetime_energy_consumption solaredge_consumption_energy
none  | energy | kWh | deye_inverter_total_load_consumption solis_household_load_total_energy
none  | energy | kWh | solis_total_battery_charge inverter_total_charge_energy batterie_decharge
none  | energy | kWh | autoconsommation_totale self_consumption_energy eigenverbrauch
none  | energy | kWh | thuisbatterij solaredge_b1_energy_export victron_system_consumption_l1
none  | energy | kWh | ecoflow_output fronius_hausverbrauch consommation_solaire
none  | energy | kWh | chauffe_eau_solaire production_ecs heat_pump_energy_produced
none  | energy | kWh | pac_production_chaleur generator_energy pv_to_home
none  | energy | kWh | grid_tied_inverter_production zendure_solarflow_output
none  | energy | kWh | powerwall_load_import
none  | power  | W   | solarnet_power_load solarnet_power_battery solaredge_storage_power
none  | power  | W   | solaredge_m1_ac_power powerwall_battery_power
none  | power  | W   | envoy_current_power_consumption
"""


def _rows() -> list[tuple[str, str, str, str]]:
    lines = [[cell.strip() for cell in line.split("|")] for line in _TABLE.split("\n") if line]
    return [(role, kind, unit, name) for role, kind, unit, ns in lines for name in ns.split()]


ROWS = _rows()


def told(name: str, kind: str, unit: str, state: str) -> Decoded:
    """What Home Assistant's sensor of this name says; its class is not told where unit is "-"."""
    base = f"homeassistant/sensor/{name}"
    attributes = {
        "device_class": "" if unit == "-" else kind,
        "unit_of_measurement": "kWh" if unit == "-" else unit,
        "state_class": "measurement" if kind == "power" else "total_increasing",
    }
    heard = {f"{base}/{each}": orjson.dumps(text) for each, text in attributes.items()}
    return decode("homeassistant_statestream", state.encode(), f"{base}/state", companions=heard)


def test_the_table_is_of_the_world() -> None:
    assert len(ROWS) > 150
    assert {role for role, *_ in ROWS} == set(_ROLES)
    assert len({name for *_, name in ROWS}) > 150


@pytest.mark.parametrize(("role", "kind", "unit", "name"), ROWS)
def test_a_sensors_name_tells_its_role(role: str, kind: str, unit: str, name: str) -> None:
    wanted, found = _ROLES[role], told(name, kind, unit, "12.5")
    if wanted is None:
        assert (found.series, found.rejects, found.ignored) == ([], [], 1)
        assert [(n.code, n.unread, n.about) for n in found.notes] == [
            ("ha_unclear", True, f"sensor.{name}")
        ]
        return
    amounts = {key[:2]: value for key, value in values(found).items() if value}
    assert amounts == {wanted: 12_500_000 if kind == "energy" else 12_500}


@pytest.mark.parametrize(
    "name", [name for role, kind, _, name in ROWS if (role, kind) == ("drawn", "power")]
)
def test_a_power_below_zero_at_the_network_leaves_the_house(name: str) -> None:
    amounts = {key[:2]: value for key, value in values(told(name, "power", "W", "-250")).items()}
    assert amounts == {DRAWN: 0, FED: 250_000}


def test_a_clamp_of_a_roof_is_one_by_its_name() -> None:
    assert is_roof("toit-solaire")
    assert not is_roof("maison")
    assert not is_roof("batterie")


@pytest.mark.parametrize("person", ["gaston", "gaspard", "Maison Gascogne", "solene", "Inès Pvot"])
def test_a_persons_name_tells_nothing(person: str) -> None:
    assert role_of(f"{person} index") == DRAWN


def test_a_name_is_looked_at_only_so_far() -> None:
    assert len(words_of("x" * 10_000)) == 202
    assert role_of("x" * 200 + "_solaire") == DRAWN
