"""Backups: a dump by PostgreSQL's own programs, with a manifest that proves it whole."""
