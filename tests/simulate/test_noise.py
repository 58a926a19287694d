"""Randomness without state."""

import numpy as np

from ingest.simulate import noise


def test_uniform_fills_the_unit_interval_evenly() -> None:
    draw = noise.uniform(noise.stream(1, "x"), np.arange(500)[:, None], np.arange(400)[None, :])
    assert draw.shape == (500, 400)
    assert draw.min() >= 0 and draw.max() < 1
    counts, _ = np.histogram(draw, bins=20, range=(0, 1))
    # 10 000 expected in each bin, deviation about 100
    assert np.abs(counts - 10_000).max() < 500


def test_neighbouring_keys_are_not_related() -> None:
    key = noise.stream(1, "x")
    draw = noise.uniform(key, np.arange(300)[:, None], np.arange(300)[None, :])
    for a, b in (
        (draw[:-1].ravel(), draw[1:].ravel()),
        (draw[:, :-1].ravel(), draw[:, 1:].ravel()),
        (draw.ravel(), noise.uniform(noise.stream(2, "x"), *np.ogrid[:300, :300]).ravel()),
    ):
        assert abs(np.corrcoef(a, b)[0, 1]) < 0.02


def test_a_value_depends_on_its_key_alone() -> None:
    key = noise.stream(7, "water")
    whole = noise.uniform(key, np.arange(10)[:, None], np.arange(1000, 1100)[None, :])
    part = noise.uniform(key, np.array([[3]]), np.arange(1040, 1060)[None, :])
    assert np.array_equal(whole[3, 40:60], part[0])


def test_thirds_are_independent_and_even() -> None:
    parts = noise.thirds(noise.stream(3, "t"), np.arange(100_000))
    for a in parts:
        assert abs(a.mean() - 0.5) < 0.01
        assert abs(a.var() - 1 / 12) < 0.002
    assert abs(np.corrcoef(np.stack(parts)) - np.eye(3)).max() < 0.02


def test_normal_has_mean_nought_and_deviation_one() -> None:
    draw = noise.normal(noise.stream(3, "n"), np.arange(100_000))
    assert abs(draw.mean()) < 0.02
    assert abs(draw.std() - 1) < 0.02


def test_smooth_is_the_same_for_any_range_and_has_no_jumps() -> None:
    instants = np.arange(0, 40 * 86_400, 1800)
    key = noise.stream(5, "spell")
    whole = noise.smooth(key, instants, 86_400)
    assert np.array_equal(whole[500:700], noise.smooth(key, instants[500:700], 86_400))
    assert np.abs(np.diff(whole)).max() < 0.25
    assert 0.6 < whole.std() < 1.4
