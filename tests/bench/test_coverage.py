"""The simulation of coverage: what it draws, and that the intervals hold the truth about as often as they say."""

import numpy as np
import pytest

from twostream.bench import coverage
from twostream.bench.coverage import Design


@pytest.mark.parametrize("correlation", [0.1, 0.4])
def test_videos_of_one_recording_have_the_correlation_of_the_design(correlation):
    design = Design(400_000, 2, correlation)
    outcomes = design.draw(np.random.default_rng(0), np.array([0.8, 0.2])) == 0
    first, second = outcomes[::2].astype(float), outcomes[1::2].astype(float)
    assert outcomes.mean() == pytest.approx(0.8, abs=0.005)
    assert np.corrcoef(first, second)[0, 1] == pytest.approx(correlation, abs=0.02)


@pytest.mark.parametrize(("measure", "of"), [(coverage.accuracies, "accuracy"), (coverage.gains, "gain")])
def test_intervals_hold_the_truth_in_about_95_percent_where_the_bootstrap_does_not(monkeypatch, measure, of):
    """600 draws: a coverage of 95 % is told to 2 %; the bootstrap fails where errors are few."""
    monkeypatch.setattr(coverage, "DESIGNS", ((90, 2), (300, 5)))
    rows = list(measure(600, 0))
    figures = coverage.summary([row | {"of": name} for row in rows for name in ("accuracy", "gain")])
    assert figures[f"{of}_lowest"] >= 92
    assert figures[f"{of}_highest_with_10_errors"] <= 98.5
    assert figures[f"{of}_lowest_bootstrap"] < 85
