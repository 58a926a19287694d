"""An attacker's look at what would be published, written apart from the gate. Pure.

He knows every published figure, adds and subtracts along the tree, and wins if he learns a figure
that may not be known, or the sum over a group that is too small. A table he wins is withheld
whole: the gate fails closed.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from hub.disclosure.tables import NO_SHARE, Mask, Tables, Tree


def leaks(tree: Tree, tables: Tables, hidden: Mask) -> npt.NDArray[np.bool_]:
    """Periods whose publication under ``hidden`` would give something away, shape (periods,)."""
    unsafe = tables.unsafe()
    found = [_leaks(tree, tables, hidden, unsafe, row) for row in range(len(hidden))]
    result: npt.NDArray[np.bool_] = tables.broken | np.array(found, dtype=bool)
    return result


def _leaks(tree: Tree, tables: Tables, hidden: Mask, unsafe: Mask, row: int) -> bool:
    learnt = _learnt(tree, tables, hidden, row)
    if any(learnt[c] and unsafe[row, c] for c in range(tree.columns)):
        return True
    return any(
        learnt[parent] and _residue_is_small(tree, tables, learnt, row, parent)
        for parent, _ in tree.families
    )


def _learnt(tree: Tree, tables: Tables, hidden: Mask, row: int) -> list[bool]:
    """What he knows in the end: where one member of a family is missing, he works it out."""
    learnt = [
        bool(~hidden[row, c] or tables.known[row, c] or not tables.filled[row, c])
        for c in range(tree.columns)
    ]
    while True:
        missing = [
            [c for c in (parent, *children) if not learnt[c]] for parent, children in tree.families
        ]
        alone = [m[0] for m in missing if len(m) == 1]
        if not alone:
            return learnt
        for column in alone:
            learnt[column] = True


def _residue_is_small(
    tree: Tree, tables: Tables, learnt: list[bool], row: int, parent: int
) -> bool:
    """Whether a known total less all that is known within it is a group too small to know."""
    secret = _secret_within(tree, learnt, parent)
    filled = [c for c in secret if tables.filled[row, c]]
    if not filled:
        return False
    # A cell of which a part is published hides nobody on the days of that part.
    whole = [c for c in filled if not tables.barred[row, c]]
    homes = sum(int(tables.homes[row, c]) for c in whole)
    amount = sum(int(tables.amount[row, c]) for c in whole)
    largest = max(int(tables.largest[row, c]) for c in filled)
    floor = max(int(tables.floor[row, c]) for c in filled)
    share = min(float(tables.share[row, c]) for c in filled)
    return homes < floor or (share < NO_SHARE and largest > share * amount)


def _secret_within(tree: Tree, learnt: list[bool], parent: int) -> list[int]:
    """The smallest unknown parts of a total: an unknown child counts by its own unknown parts."""
    below = dict(tree.families)
    found: list[int] = []
    for child in below[parent]:
        if learnt[child]:
            continue
        if child in below and any(learnt[c] for c in below[child]):
            found += _secret_within(tree, learnt, child)
        else:
            found.append(child)
    return found
