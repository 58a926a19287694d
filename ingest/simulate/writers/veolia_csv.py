"""The customer portal of Veolia: CSV with a BOM; local times without offset, litres.

The file tells no contract number: it is loaded with `--usage-point`.
"""

from __future__ import annotations

from collections.abc import Sequence

from ingest.simulate.noise import Ints

_HEADER = "Date de relevé;Index relevé (litres);Consommation du jour (litres);Index Mesuré/Estimé"


def daily(stamps: Sequence[str], litres: Ints) -> bytes:
    """Local times ("2022-09-25 20:00:00", n) and the register in litres at them and once before.

    `litres` has n + 1 registers: the first is the reading before the file's first row.
    """
    values = litres.tolist()
    rows = zip(stamps, values[:-1], values[1:], strict=True)
    lines = [_HEADER, *(f"{at};{after};{after - before};Mesuré" for at, before, after in rows)]
    return ("\ufeff" + "\n".join(lines) + "\n").encode()
