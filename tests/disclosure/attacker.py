"""An attacker with linear algebra: everything he can add up from published figures, exactly.

The secrets are the amounts of the smallest parts (leaves and rests) on each day. Each published
figure is a sum of some of them. He knows every combination of these sums; a group is lost when the
0/1 vector of its cells is such a combination.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np

_PRIME = 2_147_483_629  # combinations are sought modulo a prime: exact, without fractions


class Attacker:
    """Knows sums over ``unknowns`` cells; feed him figures, then ask what groups he learns."""

    def __init__(self, unknowns: int) -> None:
        self._rows: list[list[int]] = []
        self._unknowns = unknowns

    def learn(self, cells: Sequence[int]) -> None:
        """A published figure: the sum of these cells."""
        row = [0] * self._unknowns
        for cell in cells:
            row[cell] += 1
        self._rows.append(row)

    def learnt_groups(self) -> np.ndarray:
        """All groups whose sum he knows: 0/1 vectors, shape (groups, unknowns)."""
        reduced, pivots = _echelon(
            np.array(self._rows, np.int64).reshape(len(self._rows), self._unknowns)
        )
        candidates = np.array(list(product((0, 1), repeat=self._unknowns)), np.int64)[1:]
        rest = candidates.copy()
        for row, pivot in zip(reduced, pivots, strict=True):
            rest = (rest - rest[:, [pivot]] * row) % _PRIME
        return candidates[~rest.any(axis=1)]


def _echelon(matrix: np.ndarray) -> tuple[np.ndarray, list[int]]:
    rows = matrix % _PRIME
    pivots: list[int] = []
    done = 0
    for column in range(rows.shape[1]):
        below = np.flatnonzero(rows[done:, column])
        if not below.size:
            continue
        first = done + below[0]
        rows[[done, first]] = rows[[first, done]]
        inverse = pow(int(rows[done, column]), _PRIME - 2, _PRIME)
        rows[done] = rows[done] * inverse % _PRIME
        for other in range(len(rows)):
            if other != done and rows[other, column]:
                rows[other] = (rows[other] - rows[other, column] * rows[done]) % _PRIME
        pivots.append(column)
        done += 1
        if done == len(rows):
            break
    return rows[:done], pivots
