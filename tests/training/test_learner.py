"""What is saved after an epoch, and how training goes on from it."""

import re
from dataclasses import replace

import pytest
import torch

from support.training import DESIGN, OPTIMISATION, RECIPE, train_small, weights
from twostream.training.learner import Learner
from twostream.training.recipe import AUTOCAST

pytestmark = pytest.mark.usefixtures("one_thread")

EVERYTHING = replace(RECIPE, mixup=0.4, label_smoothing=0.1, precision="float16", accumulate=2)
ONE_EPOCH = replace(OPTIMISATION, epochs=1)


@pytest.mark.parametrize(
    ("recipe", "optimisation"),
    [
        (RECIPE, OPTIMISATION),
        (RECIPE, replace(OPTIMISATION, schedule="plateau", patience=0)),
        (EVERYTHING, replace(OPTIMISATION, ema=0.9, warmup=2)),
    ],
    ids=["cosine", "plateau", "everything"],
)
def test_an_interrupted_run_goes_on_exactly(flows, tmp_path, monkeypatch, recipe, optimisation):
    """Weights, momenta, means, scales and random numbers: the second half is as if there had been no interruption."""
    monkeypatch.setitem(AUTOCAST, "float16", torch.bfloat16)  # Scaled all the same, and not slow on a CPU.
    parts = {
        "recipe": recipe,
        "design": replace(DESIGN, dropout=0.5),
        "optimisation": optimisation,
        "validation_videos": flows[1][:4],
    }
    whole, epochs = train_small(flows, tmp_path / "whole.pt", **parts)
    save = Learner.save

    def save_and_die(learner, path, random_states):
        save(learner, path, random_states)
        if len(learner.epochs) == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Learner, "save", save_and_die)
        with pytest.raises(KeyboardInterrupt):
            train_small(flows, tmp_path / "state.pt", **parts)
    torch.manual_seed(99)
    resumed, resumed_epochs = train_small(flows, tmp_path / "state.pt", **parts)
    assert torch.equal(weights(whole), weights(resumed))
    assert [(row.loss, row.lr, row.validated) for row in epochs] == [
        (row.loss, row.lr, row.validated) for row in resumed_epochs
    ]


def test_a_damaged_state_is_reported_and_training_begins_anew(flows, tmp_path, capsys):
    whole, _ = train_small(flows, tmp_path / "whole.pt", optimisation=ONE_EPOCH)
    (tmp_path / "state.pt").write_bytes((tmp_path / "whole.pt").read_bytes()[:5000])
    again, _ = train_small(flows, tmp_path / "state.pt", optimisation=ONE_EPOCH)
    assert re.search(r"state\.pt is damaged \(\w+\): training begins anew", capsys.readouterr().err)
    assert torch.equal(weights(whole), weights(again))


def test_layers_that_need_metadata_to_load_their_weights_are_kept(flows, tmp_path):
    design = replace(DESIGN, architecture="mnasnet0_5")
    network, _ = train_small(flows, tmp_path / "state.pt", design=design, optimisation=ONE_EPOCH)
    assert torch.isfinite(weights(network)).all()
