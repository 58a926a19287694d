"""What is polled: devices on the local network, and portals that answer for days.

``sources`` reads hub.toml, ``fetch`` asks one host within limits, ``access`` with the right token
and pace; ``devices`` and ``portals`` know what to ask of whom, ``pulls`` for which days; ``rounds``
does one round of one source, ``sink`` stores what came on the way of any message, ``service`` has
all of it done on time.
"""
