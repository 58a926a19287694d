"""Composition root: command line, ASGI wiring, supervisor.

It may import everything; nothing imports it.
"""
