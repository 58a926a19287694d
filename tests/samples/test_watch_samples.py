"""All real samples thrown into a watched folder at once, with archives of them."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from ingest import watch as module
from tests.ingest import mixture
from tests.samples.test_every_sample import CAPTURES, FILES, SAMPLES
from tests.stack import Stack

pytestmark = [
    pytest.mark.samples,
    pytest.mark.skipif(
        not SAMPLES.is_dir(),
        reason="the sample files are not beside the repository (../shared/samples)",
    ),
]


def zipped(paths: list[str]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in paths:
            archive.write(SAMPLES / path, path)
    return packed.getvalue()


def test_all_samples_at_once(stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_QUIET", 0.2)
    monkeypatch.setattr(module, "_PATIENCE", 1.0)
    monkeypatch.setattr(module, "_LOOK_EVERY", 0.05)
    mixture.stop_the_clock(monkeypatch)
    # one folder has no folders in it: what is told of a sample by where it lies goes into its name
    files = {path.replace("/", "~"): (SAMPLES / path).read_bytes() for path in [*FILES, *CAPTURES]}
    flux = [path for path in FILES if "enedis-flux" in path]
    files |= {"flux.zip": zipped(flux), "tout.zip": zipped(list(FILES))}
    paths = [SAMPLES / path for path in FILES]
    with (
        mixture.hub_for(stack, paths) as (watch_url, watch_conn),
        mixture.hub_for(stack, paths) as (single_url, single_conn),
    ):
        with mixture.watching(watch_url, tmp_path / "watched"):
            mixture.put(tmp_path / "watched", files)
        reports = mixture.single(single_url, tmp_path / "single", files)
        where = mixture.check_sorted(tmp_path / "watched", reports)
        watched, single = mixture.stored(watch_conn), mixture.stored(single_conn)
    assert watched == single
    assert len(single["readings"]) > 3000
    assert {path.replace("/", "~") for path in CAPTURES} <= where["rejected"]
    assert {"flux.zip", "tout.zip"} <= where["done"]
    assert len(reports["tout.zip"]) == len(FILES)
    # what is in the archive is known by then: nothing of it is new
    assert sum(report.counts["accepted"] for report in reports["tout.zip"]) == 0
    known = sum(report.counts["unchanged"] for report in reports["tout.zip"])
    assert known > 3000
