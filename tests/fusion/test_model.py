"""A fusion apart from the videos that it was fitted on gives other videos the scores that the fit gives them."""

from dataclasses import replace

import numpy as np
import pytest

from support.scores import fusion_settings, noisy
from twostream.fusion import candidates, fixed_rules, model, model_fit, parts
from twostream.fusion.fixed_rules import FixedMethod
from twostream.fusion.folds import divide
from twostream.fusion.normalisation import temperature
from twostream.logits.training import Training

STREAMS = noisy(120, samples=4)
SETTINGS = fusion_settings(step=0.25, normalisations=["none", "temperature"], poolings=["mean", "trimmed"])
NAMES = [
    "weighted",
    "borda",
    "weighted, normalised",
    "grid",
    "scales",
    "discriminant",
    "kernel_ridge",
    "stacked",
    "blend",
]


@pytest.fixture(scope="module")
def folds():
    return divide(STREAMS.groups, STREAMS.is_test, 4)


@pytest.fixture(scope="module")
def selected(folds):
    return parts.select(STREAMS, folds, SETTINGS, 2, keep_on_interrupt=False)


def samples(streams, videos):
    return [each[videos] for each in streams.samples]


def carried(rule):
    """Return the rule as a file carries it."""
    whole = model.FusionModel(
        name="a", streams=("s0", "s1"), rule=rule, temperature=2.0, stream_temperatures=(1.0, 3.0), labels_of="nobody"
    )
    values, arrays = model.to_values(whole)
    return model.from_values(values, arrays, 5)


@pytest.mark.parametrize("name", NAMES)
def test_what_a_method_selects_fuses_other_videos_as_the_fit_does(name, selected, folds):
    method, own = selected.methods[name], folds.videos(0)
    fused = carried(method.model(0)).rule.scores(samples(STREAMS, own))
    assert fused == pytest.approx(method.fit(0).scores, rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("rule", fixed_rules.of_streams(STREAMS), ids=lambda rule: rule.name)
def test_a_fixed_rule_is_the_same_for_other_videos(rule, folds):
    fused = carried(FixedMethod(rule, STREAMS, folds).model(0)).rule.scores(STREAMS.samples)
    assert fused == pytest.approx(rule.scores)


def test_where_there_are_validation_videos_the_reported_fusion_is_the_one_for_new_videos():
    streams = noisy(
        200, noise=(1.0, 2.5), is_test=np.arange(200) % 2 == 0, groups=np.array([f"g{v % 8}" for v in range(200)])
    )
    best = candidates.propose(streams, SETTINGS, 2).rows[0]
    fitted = model_fit.fit(streams, SETTINGS, 2)
    assert fitted.name == best.params["chosen"][0]["strategy"]
    assert fitted.labels_of == "100 validation videos"
    fused = fitted.rule.scores(samples(streams, streams.is_test))
    assert fused == pytest.approx(best.scores, rel=1e-3, abs=1e-3)


def test_what_is_known_of_the_trainings_is_no_hindrance():
    known = Training(in_training=np.zeros(120, bool), summary={}, remarks=())
    assert model_fit.fit(replace(STREAMS, training=(known, None)), SETTINGS, 2).labels_of == "120 test videos"


def test_without_validation_videos_all_test_videos_have_a_part():
    fitted = model_fit.fit(STREAMS, SETTINGS, 2)
    assert fitted.labels_of == "120 test videos"
    assert fitted.probabilities(STREAMS.samples).sum(axis=1) == pytest.approx(np.ones(120))


def test_where_recordings_are_unknown_it_is_the_fixed_rule_that_is_reported():
    unknown = replace(STREAMS, grouping=replace(STREAMS.grouping, is_known=False))
    rules = {rule.name: rule.scores for rule in fixed_rules.of_streams(unknown)}
    hits = {name: (scores.argmax(axis=1) == unknown.labels).sum() for name, scores in rules.items()}
    assert model_fit.fit(unknown, SETTINGS, 2).name == max(hits, key=hits.get)


def test_the_average_is_that_of_the_scores_as_they_are():
    """The grid has a row of that name too, with any normalisation."""
    streams = noisy(40, groups=np.array(["a", "b"] * 20))
    fitted = model_fit.fit(streams, fusion_settings(normalisations=["rank"], poolings=["mean", "max"]), 2)
    assert fitted.name == "average"
    assert fitted.rule.scores(streams.samples) == pytest.approx(streams.scores.mean(axis=0))


def test_one_stream_is_its_own_fusion():
    one = noisy(60, noise=(1.0,))
    assert model_fit.fit(one, SETTINGS, 2).name == "average"


def test_a_few_videos_that_are_all_right_make_no_answer_certain():
    labels = np.arange(8) % 2
    scores = 4.0 * np.eye(2)[labels]
    fitted = model_fit.smoothed_temperature(scores, labels)
    assert 1 / (1 + np.exp(-4 / fitted)) == pytest.approx(9 / 10, abs=1e-3)


def test_of_many_videos_the_temperature_is_the_likeliest():
    streams = noisy(4000, samples=1)
    scores = streams.scores[0]
    fitted = model_fit.smoothed_temperature(scores, streams.labels)
    assert fitted == pytest.approx(temperature(scores, streams.labels), rel=0.01)


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("temperature", 0),
        ("temperature", "nan"),
        ("stream_temperatures", [1.0]),
        ("streams", ["s0"]),
        ("rule", {"rule": "os.system"}),
        ("learned", {"weights": [1, 2, 3], "corrections": []}),
    ],
)
def test_a_model_of_another_form_is_refused(part, value):
    rule = fixed_rules.of_streams(STREAMS)[0].model(STREAMS.names)
    whole = model.FusionModel(
        name="a", streams=("s0", "s1"), rule=rule, temperature=2.0, stream_temperatures=(1.0, 3.0), labels_of="nobody"
    )
    values, arrays = model.to_values(whole)
    changed = values | {part: value}
    if part == "learned":
        del changed["rule"]
    with pytest.raises((ValueError, KeyError, TypeError)):
        model.from_values(changed, arrays, 5)
