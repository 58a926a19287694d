"""Which figures of a table are withheld, so that none of them can be worked out. Pure.

Three rules, applied until nothing changes:

1. A figure of too few homes, or of which one home makes up nearly all, is withheld.
2. What is withheld under a published total could be had by subtraction, so the withheld siblings
   together must be a group that may be known, and never one alone: the next smallest is withheld
   too, and where there is none, the total itself.
3. A withheld total must not be the sum of published quarters: the smallest of them is withheld.
"""

from __future__ import annotations

import numpy as np

from hub.disclosure.tables import NO_SHARE, Mask, Tables, Tree, dominates
from hub.model import Int64Array

_NONE_LEFT = np.iinfo(np.int64).max


def withhold(tree: Tree, tables: Tables) -> Mask:
    """Which cells are withheld, shape (periods, columns). Empty cells are not: nothing is there."""
    hidden = tables.filled & (tables.unsafe() | tables.barred | tree.is_rest())
    before = -1
    while (now := int(hidden.sum())) != before:
        before = now
        for parent, children in tree.families:
            _hide_siblings(tables, hidden, parent, list(children))
            _hide_part(tables, hidden, parent, list(children))
    return hidden


def _hide_siblings(tables: Tables, hidden: Mask, parent: int, children: list[int]) -> None:
    """Rule 2. Changes ``hidden`` in place."""
    for _ in children:
        rows = np.flatnonzero(~hidden[:, parent] & _in_need(tables, hidden, children))
        if not rows.size:
            return
        chosen, found = _smallest_shown(tables, hidden, rows, children)
        hidden[rows[found], chosen[found]] = True
        hidden[rows[~found], parent] = True


def _in_need(
    tables: Tables, hidden: Mask, children: list[int]
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Periods whose withheld children are one alone, or together no group that may be known."""
    secret = hidden[:, children] & ~tables.known[:, children]
    count = secret.sum(axis=1)
    hiding, hidden_amount = tables.hiding()
    homes = np.where(secret, hiding[:, children], 0).sum(axis=1)
    amount = np.where(secret, hidden_amount[:, children], 0).sum(axis=1)
    largest = np.where(secret, tables.largest[:, children], 0).max(axis=1)
    floor = np.where(secret, tables.floor[:, children], 0).max(axis=1)
    share = np.where(secret, tables.share[:, children], NO_SHARE).min(axis=1)
    needy: np.ndarray[tuple[int], np.dtype[np.bool_]] = (count == 1) | (
        (count > 1) & ((homes < floor) | dominates(largest, share, amount))
    )
    return needy


def _hide_part(tables: Tables, hidden: Mask, parent: int, children: list[int]) -> None:
    """Rule 3. Changes ``hidden`` in place."""
    secret = hidden[:, children] & ~tables.known[:, children]
    alone = hidden[:, parent] & ~tables.known[:, parent] & ~secret.any(axis=1)
    rows = np.flatnonzero(alone & tables.filled[:, children].any(axis=1))
    chosen, found = _smallest_shown(tables, hidden, rows, children)
    hidden[rows[found], chosen[found]] = True


def _smallest_shown(
    tables: Tables,
    hidden: Mask,
    rows: np.ndarray[tuple[int], np.dtype[np.intp]],
    children: list[int],
) -> tuple[Int64Array, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """Per row the child with the fewest homes that is shown and still secret; found or not."""
    grid = np.ix_(rows, np.asarray(children))
    free = tables.filled[grid] & ~hidden[grid] & ~tables.known[grid]
    homes = np.where(free, tables.homes[grid], _NONE_LEFT)
    best = homes.argmin(axis=1)
    return np.asarray(children, np.int64)[best], np.asarray(free.any(axis=1))
