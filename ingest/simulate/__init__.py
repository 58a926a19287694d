"""The demo district: invented households whose values are a function of (seed, household, instant).

`district` says who lives where, `models` what they use, `writers` puts it into the formats of real
portals and devices, `history` writes and loads the past, `live` sends the present by MQTT.
"""
