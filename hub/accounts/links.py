"""A household's private address, until accounts exist: whoever holds it is let in."""

from __future__ import annotations

from hub.accounts.secret import digest_of, new_secret
from hub.model import HubError
from hub.store import accounts as store
from hub.store.connection import Connection

PATH = "/lien/"


class UnknownHouseholdError(HubError):
    """No household has this reference."""

    def __init__(self, ref: str) -> None:
        super().__init__(
            f"no household has the reference '{ref}'; 'hub import registry' brings households in",
            f"aucun foyer n'a la référence « {ref} » ; 'hub import registry' ajoute des foyers",
        )


def new_link(conn: Connection, ref: str) -> str:
    """A new path (/lien/...) that opens the household's pages. Commit to make it valid.

    Each call makes another link; older ones stay valid until they are revoked.
    """
    household = store.household(conn, ref)
    if household is None:
        raise UnknownHouseholdError(ref)
    token = new_secret()
    store.add_link(conn, digest_of(token), household.household_id)
    return f"{PATH}{token}"


def open_links(conn: Connection, ref: str) -> int:
    """How many links of a household are open."""
    household = store.household(conn, ref)
    return store.open_links(conn, household.household_id) if household else 0


def revoke_links(conn: Connection, ref: str) -> int:
    """Close every link and session of a household; returns how many links were open."""
    household = store.household(conn, ref)
    if household is None:
        raise UnknownHouseholdError(ref)
    return store.revoke_links(conn, household.household_id)
