import numpy as np
import pytest
from scipy.special import softmax

from twostream.logits.logits_file import Logits
from twostream.report import examples


def shown(*names: str) -> dict:
    return {"shown": [{"video": name, "class": name[0], "fused": name[0], "streams": {}} for name in names]}


@pytest.fixture
def streams() -> dict[str, Logits]:
    ids = ("a1", "a2", "a3", "b1")
    scores = np.random.default_rng(0).normal(size=(4, 3, 7)).astype(np.float32)
    classes = tuple("abcdefg")
    return {"one": Logits(scores, ids, np.array([0, 0, 0, 1]), np.zeros((4, 3)), classes, ("test",) * 4, ("g",) * 4)}


def test_other_classes_come_first(streams):
    chosen = examples.choose({"rescued": shown("a1", "a2", "a3", "b1"), "lost": shown()}, streams, 3)
    assert [example.video for example in chosen] == ["a1", "b1", "a2"]
    assert {example.outcome for example in chosen} == {"rescued"}


def test_guesses_are_the_softmax_of_the_mean_scores(streams):
    (example,) = examples.choose({"lost": shown("b1")}, streams, 1)
    expected = 100 * np.sort(softmax(streams["one"].logits[3].mean(axis=0)))[::-1][:5]
    guesses = example.guesses["one"]
    assert [guess.percent for guess in guesses] == pytest.approx(expected, rel=1e-5)
    assert [guess.class_name == "b" for guess in guesses] == [guess.is_right for guess in guesses]
