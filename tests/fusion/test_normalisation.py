import numpy as np
import pytest
from scipy.special import log_softmax, softmax
from scipy.stats import zscore

from twostream.fusion import normalisation

samples = np.random.default_rng(0).normal(0, 3, (7, 5, 6))


@pytest.mark.parametrize(
    ("name", "reference"), [("softmax", softmax), ("log_softmax", log_softmax), ("standardised", zscore)]
)
def test_as_scipy_has_it(name, reference):
    assert np.allclose(normalisation.NORMALISATIONS[name](samples), reference(samples, axis=-1))


def test_rank_is_from_0_to_1_and_ties_go_to_the_first_class():
    assert normalisation.rank(np.array([[5.0, 9.0, 5.0]])).tolist() == [[0.5, 1, 0]]


@pytest.mark.parametrize("name", normalisation.NORMALISATIONS)
def test_constant_scores_stay_finite(name):
    assert np.isfinite(normalisation.NORMALISATIONS[name](np.full((2, 3, 4), 7.0))).all()


@pytest.mark.parametrize("factor", [0.2, 19.0])
def test_the_temperature_of_scores_that_were_calibrated_is_what_they_were_multiplied_by(factor):
    rng = np.random.default_rng(0)
    scores = rng.normal(0, 2, (20_000, 4))
    labels = np.array([rng.choice(4, p=p) for p in softmax(scores, axis=1)])
    assert normalisation.temperature(factor * scores, labels) == pytest.approx(factor, rel=0.05)


@pytest.mark.parametrize(
    "kind", ["equal", "normal", "one far above", "one far below", "probabilities", "tiny", "zeros"]
)
def test_ranks_are_the_order_of_numpys_stable_sort(kind):
    rng = np.random.default_rng(0)
    normal = rng.normal(size=(50, 400))
    scores = {
        "equal": rng.integers(0, 20, (50, 400)).astype(float),
        "normal": normal,
        "one far above": normal + 1e6 * np.eye(400)[:50],
        "one far below": normal - 1e6 * np.eye(400)[:50],
        "probabilities": softmax(9 * normal, axis=1),
        "tiny": np.exp(300 * normal - 600),
        "zeros": np.maximum(normal, 0) * np.where(normal < 0.5, -0.0, 1),
    }[kind]
    order = np.argsort(-scores, axis=1, kind="stable")
    assert (np.take_along_axis(normalisation.rank(scores), order, axis=1) == np.linspace(1, 0, 400)).all()
