"""What is polled: devices on the local network, and portals that answer for days.

``sources`` reads hub.toml, ``fetch`` asks one host within limits, ``devices`` and ``portals`` know
what to ask of whom, ``rounds`` does one round of one source, ``sink`` stores what came on the way
of any message, ``service`` has all of it done on time.
"""
