"""From readings to totals: a pure kernel, the household and area steps, and their service."""
