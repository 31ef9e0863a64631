"""Training end to end: every way learns, the same twice, and what goes wrong is said in a line."""

import csv
import re
from dataclasses import replace

import pytest
import torch

from support.training import (
    CLIP_SAMPLING,
    CPU,
    DESIGN,
    OPTIMISATION,
    RECIPE,
    files_beside,
    setup,
    train_small,
    weights,
)
from twostream.compute.distributed import ProcessGroup
from twostream.compute.hardware import Runtime
from twostream.errors import InputError
from twostream.streams.network import build_network
from twostream.training import history, optimiser, train

pytestmark = pytest.mark.usefixtures("one_thread")

ONE_EPOCH = replace(OPTIMISATION, epochs=1)


@pytest.mark.parametrize(("name", "schedule"), [("sgd", "cosine"), ("adamw", "plateau"), ("sgd", "step")])
def test_two_classes_are_learnt(flows, tmp_path, name, schedule):
    optimisation = replace(
        OPTIMISATION,
        optimiser=name,
        schedule=schedule,
        lr=0.001 if name == "adamw" else 0.01,
        epochs=6,
        steps=(4,),
        weight_decay=0.01,
    )
    _, epochs = train_small(flows, tmp_path / "state.pt", optimisation=optimisation)
    assert epochs[-1].prec1 == 100
    assert epochs[-1].loss < epochs[0].loss
    assert 0 < epochs[0].data_time < epochs[0].batch_time


@pytest.mark.parametrize(
    ("recipe", "optimisation"),
    [
        ({"precision": "bfloat16"}, {}),
        ({"consensus": "average"}, {"clip": 1.0}),
        ({"batch": 10, "accumulate": 2}, {"warmup": 1.5}),
        ({"partial_bn": True, "consensus": "variance"}, {}),
        ({"label_smoothing": 0.1, "consensus": "top_k"}, {"ema": 0.5}),
        ({"mixup": 0.1, "consensus": "max"}, {}),
    ],
    ids=str,
)
def test_every_way_of_training_learns(flows, tmp_path, recipe, optimisation):
    optimisation = replace(OPTIMISATION, epochs=8, **optimisation)
    network, epochs = train_small(flows, tmp_path / "s.pt", replace(RECIPE, **recipe), optimisation=optimisation)
    assert epochs[-1].prec1 == 100
    assert all(torch.isfinite(weight).all() for weight in network.state_dict().values())


def test_half_precision_has_its_gradients_scaled(flows, tmp_path):
    """One epoch: CPUs are slow with it."""
    recipe = replace(RECIPE, precision="float16")
    _, epochs = train_small(flows, tmp_path / "s.pt", recipe, optimisation=ONE_EPOCH)
    assert 0.1 < epochs[0].loss < 10
    assert torch.load(tmp_path / "s.pt", weights_only=True)["scaler"]["scale"] >= 1


@pytest.mark.parametrize("options", [{"channels_last": True}, {"loader_workers": 1}, {"device_crops": True}], ids=str)
def test_where_a_network_runs_changes_rounding_only(flows, tmp_path, options):
    (plain,), (other,) = (
        train_small(flows, tmp_path / f"{len(some)}.pt", optimisation=ONE_EPOCH, runtime=Runtime(device=CPU, **some))[1]
        for some in ({}, options)
    )
    assert plain.loss == pytest.approx(other.loss, rel=1e-3)


def test_a_run_is_the_same_twice_and_with_any_number_of_loaders(flows, tmp_path):
    optimisation = replace(OPTIMISATION, epochs=2)
    first, second, with_loaders = (
        train_small(
            flows, tmp_path / f"{n}.pt", optimisation=optimisation, runtime=Runtime(device=CPU, loader_workers=workers)
        )[0]
        for n, workers in enumerate((0, 0, 2))
    )
    assert torch.equal(weights(first), weights(second))
    assert torch.equal(weights(first), weights(with_loaders))


def test_balanced_drawing_goes_on_where_it_was_interrupted(flows, tmp_path):
    reader, videos = flows
    few = [video for video in videos if video.label == 0 or video.id == "B/1.avi"]
    recipe, parts = replace(RECIPE, class_sampling="balanced"), {"validation_videos": videos}
    optimisation = replace(OPTIMISATION, schedule="constant", epochs=2)
    whole, rows = train_small((reader, few), tmp_path / "whole.pt", recipe, optimisation=optimisation, **parts)
    train_small((reader, few), tmp_path / "s.pt", recipe, optimisation=replace(optimisation, epochs=1), **parts)
    resumed, again = train_small((reader, few), tmp_path / "s.pt", recipe, optimisation=optimisation, **parts)
    assert torch.equal(weights(whole), weights(resumed))
    assert [row.loss for row in rows] == [row.loss for row in again]
    plain, _ = train_small((reader, few), tmp_path / "plain.pt", optimisation=optimisation, **parts)
    assert not torch.equal(weights(whole), weights(plain))


def test_the_table_of_a_finished_training_is_written_again(flows, tmp_path):
    optimisation = replace(OPTIMISATION, epochs=2)
    train_small(flows, tmp_path / "state.pt", optimisation=optimisation)
    table = (tmp_path / "state.csv").read_text()
    (tmp_path / "state.csv").unlink()
    train_small(flows, tmp_path / "state.pt", optimisation=optimisation)
    assert (tmp_path / "state.csv").read_text() == table


def test_blocks_learn_where_their_batch_norm_does_not(flows, tmp_path):
    trained, _ = train_small(flows, tmp_path / "s.pt", replace(RECIPE, partial_bn=True), optimisation=ONE_EPOCH)
    torch.manual_seed(0)
    untrained = build_network(DESIGN, 2, zero_residuals=False)
    for layer in ("layer1", "layer4"):
        after, before = (network.get_submodule(layer)[1].conv2.weight for network in (trained, untrained))
        assert not torch.equal(after, before)


def test_a_single_value_to_normalise_is_refused(flows, tmp_path):
    reader, videos = flows
    tiny = setup(clip_sampling=replace(CLIP_SAMPLING, segments=1), recipe=replace(RECIPE, batch=2, accumulate=2))
    with pytest.raises(InputError, match="batch normalisation needs more than one value"):
        train.train(reader, videos, None, 2, tiny, files_beside(tmp_path / "state.pt"))


def test_the_epoch_that_did_best_on_the_validation_videos_is_kept(flows, tmp_path):
    """At this rate training soon fails; the validation videos show when it was best."""
    optimisation = replace(OPTIMISATION, lr=0.3, schedule="constant", epochs=6)
    videos = flows[1][:6]
    network, epochs = train_small(flows, tmp_path / "state.pt", optimisation=optimisation, validation_videos=videos)
    merit = [(row.validated.prec1, -row.validated.loss) for row in epochs]
    best = merit.index(max(merit))
    assert history.best(epochs) == best
    shorter = replace(optimisation, epochs=best + 1)
    first, _ = train_small(flows, tmp_path / "first.pt", optimisation=shorter, validation_videos=videos)
    assert torch.equal(weights(network), weights(first))
    table = list(csv.DictReader((tmp_path / "state.csv").open()))
    assert [row["Chosen on"] for row in table] == ["validation" if n == best else "" for n in range(6)]
    assert list(table[0])[:7] == ["Epoch", "Batch Time", "Data Time", "Loss", "Prec@1", "Prec@5", "lr"]


def test_parts_of_a_batch_add_up_to_the_whole(flows, tmp_path, monkeypatch):
    """Where batch normalisation, which sees the parts one by one, stays as it is."""
    monkeypatch.setattr(train, "set_training", lambda network, partial_bn: network.eval())
    optimisation = replace(OPTIMISATION, epochs=2, lr=0.001)
    whole, parts = (
        train_small(flows, tmp_path / f"{n}.pt", replace(RECIPE, accumulate=n), optimisation=optimisation)[1]
        for n in (1, 3)
    )
    assert [row.loss for row in whole] == pytest.approx([row.loss for row in parts], rel=1e-4)
    assert whole[0].loss != pytest.approx(whole[1].loss, rel=1e-3)


def test_the_moving_average_of_the_weights_is_kept(flows, tmp_path, monkeypatch):
    """Against the weights after each step, averaged by hand."""
    steps = []
    update_ema = optimiser.update_ema

    def record(ema_network, network, decay):
        if not steps:
            steps.append(weights(ema_network))
        steps.append(weights(network))
        update_ema(ema_network, network, decay)

    monkeypatch.setattr(optimiser, "update_ema", record)
    network, _ = train_small(flows, tmp_path / "s.pt", optimisation=replace(OPTIMISATION, epochs=2, ema=0.8))
    assert len(steps) == 1 + 2 * 3
    expected = steps[0]
    for step in steps[1:]:
        expected = 0.8 * expected + 0.2 * step
    floats = torch.cat([torch.full((v.numel(),), v.is_floating_point()) for v in network.state_dict().values()])
    assert torch.allclose(weights(network)[floats], expected[floats], rtol=1e-4, atol=1e-6)
    assert not torch.allclose(weights(network)[floats], steps[-1][floats], rtol=1e-4, atol=1e-6)


def test_the_bar_ends_with_the_whole_epoch(flows, tmp_path, capsys):
    _, (row,) = train_small(flows, tmp_path / "state.pt", replace(RECIPE, batch=10), optimisation=ONE_EPOCH)
    bar = capsys.readouterr().err.rstrip().split("\r")[-1]
    assert f"loss {row.loss:.3f}, top-1 {row.prec1:.1f}" in bar


def test_a_loss_that_is_not_finite_ends_training_and_names_the_batch(flows, tmp_path):
    with pytest.raises(
        InputError, match=r"not finite in step \d, whose videos are .*: lower this stream's lr, or"
    ) as error:
        train_small(flows, tmp_path / "state.pt", optimisation=replace(OPTIMISATION, lr=1e10, epochs=3))
    assert 3 <= len(re.findall(r"[AB]/\d\.avi", str(error.value))) <= 4


def test_a_batch_that_cannot_be_divided_is_refused(flows, tmp_path):
    with pytest.raises(InputError, match=r"a batch of 3 videos cannot be divided into 2 parts .* 2 devices"):
        train_small(flows, tmp_path / "state.pt", replace(RECIPE, accumulate=2), processes=ProcessGroup(0, 2))
