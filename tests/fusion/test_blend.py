import numpy as np
import pytest

from support.scores import turns
from twostream.fusion.blend import Blend
from twostream.fusion.nested import FittedMethod

FOLDS = turns(400)


class Member:
    """A method that says the same of a video whether it is an inner or an outer one."""

    def __init__(self, name, scores):
        self.name, self.scores = name, scores.astype(np.float32)

    def fit(self, outer):
        return FittedMethod(self.name, {}, self.scores[FOLDS.videos(outer)], None)

    def inner_scores(self, outer):
        return self.scores[FOLDS.train(outer)]


@pytest.fixture
def labels():
    return np.random.default_rng(0).integers(0, 4, 400)


def member(name, labels, strength, seed):
    return Member(name, np.random.default_rng(seed).normal(size=(400, 4)) + strength * np.eye(4)[labels])


def test_a_member_that_knows_nothing_has_next_to_no_weight(labels):
    fitted = Blend([member("good", labels, 2, 1), member("blind", labels, 0, 2)], labels, FOLDS).fit(0)
    assert fitted.params["weights"]["good"] > 10 * fitted.params["weights"]["blind"]


def test_it_is_likelier_than_each_member(labels):
    members = [member("one", labels, 1.5, 1), member("other", labels, 1.5, 2)]
    blend = Blend(members, labels, FOLDS).fit(0)
    alone = [Blend([each], labels, FOLDS).fit(0) for each in members]
    assert all(blend.evidence.log_likelihood.mean() > each.evidence.log_likelihood.mean() for each in alone)


def test_the_labels_of_the_outer_fold_have_no_part(labels):
    members = [member("one", labels, 1.5, 1), member("other", labels, 1, 2)]
    changed = np.where(FOLDS.videos(1), (labels + 1) % 4, labels)
    one, other = (Blend(members, own, FOLDS).fit(1) for own in (labels, changed))
    assert (one.scores == other.scores).all()
