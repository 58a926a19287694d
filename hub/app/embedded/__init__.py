"""The stack of one machine: TimescaleDB and Mosquitto as private processes.

Nothing is installed on the system: Debian's own packages are unpacked into a prefix
(`packages`), run under an unprivileged user (`user`), and keep their files in the data folder
(`postgres`, `broker`).
"""
