"""The rows of training: which is best, and what TensorBoard gets."""

from dataclasses import replace

import pytest

from support.training import OPTIMISATION, train_small
from twostream.training import history
from twostream.training.history import Epoch, ValidationResult


def row(validated: ValidationResult | None) -> Epoch:
    return Epoch(epoch=1, batch_time=0.1, data_time=0.0, loss=1.0, prec1=50.0, prec5=90.0, lr=0.1, validated=validated)


def test_the_best_epoch_has_most_right_then_the_lowest_loss_then_comes_first():
    results = [(1.0, 50.0), (0.9, 60.0), (0.8, 60.0), (0.8, 60.0), (0.1, 40.0)]
    assert history.best([row(ValidationResult(loss, right, 100.0)) for loss, right in results]) == 2
    assert history.best([row(None)] * 3) == 2


@pytest.mark.usefixtures("one_thread")
def test_tensorboard_gets_the_scalars_where_it_is_installed(flows, tmp_path):
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    optimisation = replace(OPTIMISATION, epochs=2)
    train_small(flows, tmp_path / "state.pt", optimisation=optimisation, validation_videos=flows[1][:2])
    events = accumulator.EventAccumulator(str(tmp_path / "state.scalars")).Reload()
    assert {"train/loss", "validation/prec1"} <= set(events.Tags()["scalars"])


@pytest.mark.parametrize(
    ("validated", "words"),
    [(None, ""), (ValidationResult(0.9, 60.0, 100.0), "; validation: loss 0.900, top-1 60.0 %")],
)
def test_an_epoch_is_summed_up_in_a_line(validated, words):
    assert row(validated).text(12) == (
        f"epoch 1 of 12: loss 1.000, top-1 50.0 %, top-5 90.0 %{words}; lr 0.1, 0.1 s a step, of it 0 s for data"
    )
