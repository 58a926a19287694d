"""Open-data files as they were made last, each kept until something new is published."""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime

from hub.disclosure.datasets import Dataset
from hub.disclosure.extracts import extract
from hub.store import published as store
from hub.store.connection import Connection

_KEPT = 24


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A file as it was made; ``etag`` is the sha256 of its bytes, ``packed`` the bytes by gzip."""

    updated: datetime | None
    body: bytes
    packed: bytes | None
    etag: str


class OpenFiles:
    """The files of one application."""

    def __init__(self) -> None:
        self._files: OrderedDict[tuple[str, str, str, str | None], OpenFile] = OrderedDict()
        self._lock = threading.Lock()

    def get(
        self, conn: Connection, dataset: Dataset, form: str, dialect: str, release: str | None
    ) -> OpenFile:
        """The file, made now if what is kept is out of date. One is made at a time."""
        key = (dataset.id, form, dialect, release)
        with self._lock:
            updated = store.last_published(conn, dataset.step)
            found = self._files.get(key)
            if found is None or found.updated != updated:
                body = extract(conn, dataset, form=form, dialect=dialect, release=release)
                packed = None if form == "parquet" else gzip.compress(body, 6, mtime=0)
                found = OpenFile(updated, body, packed, hashlib.sha256(body).hexdigest())
                self._files[key] = found
            self._files.move_to_end(key)
            while len(self._files) > _KEPT:
                self._files.popitem(last=False)
        return found
