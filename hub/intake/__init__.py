"""Readings on their way in, as columns: a batch, what is checked of it, what became of its rows."""
