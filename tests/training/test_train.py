import csv
import re
from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
import torch

from support.training import ALONE, CPU, DESIGN, DRAW, HOW, RECIPE, train, weights
from twostream.compute.hardware import Runtime
from twostream.errors import InputError
from twostream.streams import network as streams
from twostream.training import history
from twostream.training import optimiser as optimisation
from twostream.training import train as training

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.mark.parametrize(("optimiser", "schedule"), [("sgd", "cosine"), ("adamw", "plateau"), ("sgd", "step")])
def test_two_classes_are_learnt(flows, tmp_path, optimiser, schedule):
    lr = 0.001 if optimiser == "adamw" else 0.01
    how = replace(HOW, optimiser=optimiser, schedule=schedule, lr=lr, epochs=6, steps=(4,), weight_decay=0.01)
    _, epochs = train(flows, tmp_path / "state.pt", how=how)
    assert epochs[-1].prec1 == 100
    assert epochs[-1].loss < epochs[0].loss
    assert 0 < epochs[0].data_time < epochs[0].batch_time


@pytest.mark.parametrize(
    ("recipe", "how"),
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
def test_every_way_of_training_learns(flows, tmp_path, recipe, how):
    network, epochs = train(flows, tmp_path / "s.pt", replace(RECIPE, **recipe), how=replace(HOW, epochs=8, **how))
    assert epochs[-1].prec1 == 100
    assert all(torch.isfinite(weight).all() for weight in network.state_dict().values())


def test_half_precision_has_its_gradients_scaled(flows, tmp_path):
    """One epoch: CPUs are slow with it."""
    _, epochs = train(flows, tmp_path / "s.pt", replace(RECIPE, precision="float16"), how=replace(HOW, epochs=1))
    assert 0.1 < epochs[0].loss < 10
    assert torch.load(tmp_path / "s.pt", weights_only=True)["scaler"]["scale"] >= 1


@pytest.mark.parametrize("way", [{"channels_last": True}, {"loader_workers": 1}], ids=str)
def test_how_a_machine_does_it_changes_rounding_only(flows, tmp_path, way):
    runs = [train(flows, tmp_path / f"{n}.pt", how=replace(HOW, epochs=1), way=w)[1] for n, w in enumerate(({}, way))]
    assert runs[0][0].loss == pytest.approx(runs[1][0].loss, rel=1e-3)


def test_a_run_is_the_same_twice_and_with_any_number_of_loaders(flows, tmp_path):
    how = replace(HOW, epochs=2)
    runs = [weights(train(flows, tmp_path / f"{n}.pt", workers=w, how=how)[0]) for n, w in enumerate((0, 0, 2))]
    assert torch.equal(runs[0], runs[1])
    assert torch.equal(runs[0], runs[2])


EVERYTHING = replace(RECIPE, mixup=0.4, label_smoothing=0.1, precision="float16", accumulate=2)


@pytest.mark.parametrize(
    ("recipe", "how"),
    [
        (RECIPE, HOW),
        (RECIPE, replace(HOW, schedule="plateau", patience=0)),
        (EVERYTHING, replace(HOW, ema=0.9, warmup=2)),
    ],
    ids=["cosine", "plateau", "everything"],
)
def test_an_interrupted_run_goes_on_exactly(flows, tmp_path, monkeypatch, recipe, how):
    """Weights, momenta, means, scales and random numbers: the second half is as if there had been no interruption."""
    monkeypatch.setitem(training.AUTOCAST, "float16", torch.bfloat16)  # Scaled all the same, and not slow on a CPU.
    design, watched = replace(DESIGN, dropout=0.5), flows[1][:4]
    whole, epochs = train(flows, tmp_path / "whole.pt", recipe, design, how=how, watched=watched)
    save = training._save

    def save_and_die(path, learner, random):
        save(path, learner, random)
        if len(learner.epochs) == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(training, "_save", save_and_die)
        with pytest.raises(KeyboardInterrupt):
            train(flows, tmp_path / "state.pt", recipe, design, how=how, watched=watched)
    torch.manual_seed(99)
    resumed, resumed_epochs = train(flows, tmp_path / "state.pt", recipe, design, how=how, watched=watched)
    assert torch.equal(weights(whole), weights(resumed))
    assert [(row.loss, row.lr, row.validated) for row in epochs] == [
        (row.loss, row.lr, row.validated) for row in resumed_epochs
    ]


def test_where_training_had_ended_its_table_is_told_again(flows, tmp_path):
    train(flows, tmp_path / "state.pt", how=replace(HOW, epochs=2))
    table = (tmp_path / "state.csv").read_text()
    (tmp_path / "state.csv").unlink()
    train(flows, tmp_path / "state.pt", how=replace(HOW, epochs=2))
    assert (tmp_path / "state.csv").read_text() == table


def test_blocks_learn_where_their_batch_norm_does_not(flows, tmp_path):
    trained, _ = train(flows, tmp_path / "s.pt", replace(RECIPE, partial_bn=True), how=replace(HOW, epochs=1))
    torch.manual_seed(0)
    begun = streams.build(DESIGN, 2, zero_residuals=False)
    for stage in ("layer1", "layer4"):
        now, before = (network.get_submodule(stage)[1].conv2.weight for network in (trained, begun))
        assert not torch.equal(now, before)


def test_layers_that_need_a_note_to_load_their_weights_are_kept(flows, tmp_path):
    design = replace(DESIGN, architecture="mnasnet0_5")
    network, _ = train(flows, tmp_path / "state.pt", design=design, how=replace(HOW, epochs=1))
    assert torch.isfinite(weights(network)).all()


def test_a_single_value_to_normalise_is_told(flows, tmp_path):
    reader, videos = flows
    course = training.Course(
        DESIGN, replace(DRAW, segments=1), replace(RECIPE, batch=2, accumulate=2), HOW, Runtime(CPU), ALONE
    )
    files = training.Files(tmp_path / "state.pt", tmp_path / "table.csv", tmp_path / "scalars")
    with pytest.raises(InputError, match="batch normalisation needs more than one value"):
        training.train(reader, videos, None, 2, course, files)


def test_the_epoch_that_did_best_on_the_watched_videos_is_kept(flows, tmp_path):
    """At this rate training soon fails; the watched videos tell when it was best."""
    how = replace(HOW, lr=0.3, schedule="constant", epochs=6)
    watched = flows[1][:6]
    network, epochs = train(flows, tmp_path / "state.pt", how=how, watched=watched)
    merit = [(row.validated.prec1, -row.validated.loss) for row in epochs]
    best = merit.index(max(merit))
    assert history.best(epochs) == best
    first, _ = train(flows, tmp_path / "first.pt", how=replace(how, epochs=best + 1), watched=watched)
    assert torch.equal(weights(network), weights(first))
    table = list(csv.DictReader((tmp_path / "state.csv").open()))
    assert [row["Chosen on"] for row in table] == ["validation" if n == best else "" for n in range(6)]
    assert list(table[0])[:7] == ["Epoch", "Batch Time", "Data Time", "Loss", "Prec@1", "Prec@5", "lr"]


def test_parts_of_a_batch_add_up_to_the_whole(flows, tmp_path, monkeypatch):
    """Where batch normalisation, which sees the parts one by one, stays as it is."""
    monkeypatch.setattr(streams, "set_training", lambda network, partial_bn: network.eval())
    how = replace(HOW, epochs=2, lr=0.001)
    runs = [train(flows, tmp_path / f"{n}.pt", replace(RECIPE, accumulate=n), how=how)[1] for n in (1, 3)]
    assert [row.loss for row in runs[0]] == pytest.approx([row.loss for row in runs[1]], rel=1e-4)
    assert runs[0][0].loss != pytest.approx(runs[0][1].loss, rel=1e-3)


def test_the_mean_of_the_weights_follows_them():
    """The statistics of batch normalisation too; how many batches they are of is taken over."""
    network = torch.nn.BatchNorm2d(1)
    mean = deepcopy(network)
    seen = []
    for count, value in enumerate((2.0, 5.0), start=1):
        for moved in (network.weight, network.running_mean):
            torch.nn.init.constant_(moved, value)
        network.num_batches_tracked.fill_(count)
        optimisation.follow(mean, network, 0.75)
        seen.append((mean.weight.item(), mean.running_mean.item(), mean.num_batches_tracked.item()))
    assert seen[0] == (0.75 * 1 + 0.25 * 2, 0.75 * 0 + 0.25 * 2, 1)
    assert seen[1] == (0.75 * 1.25 + 0.25 * 5, 0.75 * 0.5 + 0.25 * 5, 2)


def test_the_mean_of_the_weights_is_what_is_kept(flows, tmp_path, monkeypatch):
    """Against the weights after each step, averaged by hand."""
    steps = []
    follow = optimisation.follow

    def seen(mean, network, decay):
        if not steps:
            steps.append(weights(mean))
        steps.append(weights(network))
        follow(mean, network, decay)

    monkeypatch.setattr(optimisation, "follow", seen)
    network, _ = train(flows, tmp_path / "s.pt", how=replace(HOW, epochs=2, ema=0.8))
    assert len(steps) == 1 + 2 * 3
    expected = steps[0]
    for step in steps[1:]:
        expected = 0.8 * expected + 0.2 * step
    floats = torch.cat([torch.full((v.numel(),), v.is_floating_point()) for v in network.state_dict().values()])
    assert torch.allclose(weights(network)[floats], expected[floats], rtol=1e-4, atol=1e-6)
    assert not torch.allclose(weights(network)[floats], steps[-1][floats], rtol=1e-4, atol=1e-6)


class Fixed(torch.nn.Module):
    """Scores that are two weights times the mean of the clip's x and of its y flow."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.tensor([[3.0, -1.0], [0.5, 2.0]]))

    def forward(self, stacks: torch.Tensor) -> torch.Tensor:
        means = torch.stack([stacks[:, 0::2].mean(dim=(1, 2, 3)), stacks[:, 1::2].mean(dim=(1, 2, 3))], dim=1)
        return means @ self.weight


@pytest.mark.parametrize(("mixup", "smoothing"), [(0.0, 0.0), (0.0, 0.2), (0.7, 0.0), (0.7, 0.2)])
def test_the_loss_is_the_cross_entropy_of_mixed_and_smoothed_labels(mixup, smoothing):
    """- sum_c y_c log p_c with y = a y_i + (1 - a) y_j, each of them (1 - s) of its own class and s / C of all."""
    clips = torch.randint(0, 256, (5, 2, 8, 6, 6), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    labels = torch.tensor([0, 1, 1, 0, 1])
    course = training.Course(
        DESIGN, DRAW, replace(RECIPE, mixup=mixup, label_smoothing=smoothing), HOW, Runtime(CPU), ALONE
    )
    loss, counted = training._forward(Fixed(), clips, labels, course, np.random.default_rng(7))
    share, partner = training.mixing(5, mixup, np.random.default_rng(7))
    partner = partner or list(range(5))
    assert share == 1 or partner != list(range(5))
    stacks = streams.normalise(clips.flatten(0, 1), DESIGN).unflatten(0, (5, 2)).double()
    target = torch.nn.functional.one_hot(labels, 2).double() * (1 - smoothing) + smoothing / 2
    mixed, wanted = (share * of + (1 - share) * of[partner] for of in (stacks, target))
    scores = torch.stack([Fixed().double()(mixed[:, n]) for n in range(2)]).mean(dim=0)
    expected = -(wanted * scores.log_softmax(dim=1)).sum()
    assert loss.item() == pytest.approx(expected.item(), rel=1e-5)
    right = (scores.argmax(1) == labels).sum().item()
    assert counted.tolist() == pytest.approx([expected.item(), right, 5, 5], rel=1e-5)


@pytest.mark.parametrize("precision", ["float32", "float16"])
def test_a_clipped_step_is_as_long_as_clip_says(precision):
    """Whatever the loss was multiplied by to fit half precision."""
    course = training.Course(
        DESIGN, DRAW, replace(RECIPE, precision=precision), replace(HOW, lr=1.0, clip=0.125), Runtime(CPU), ALONE
    )
    learner = training.begin(2, course)
    before = [weight.detach().clone() for weight in learner.network.parameters()]
    loss = sum(weight.sum() for weight in learner.network.parameters())
    learner.scaler.scale(loss).backward()
    training._update(learner, course.optimisation)
    moved = [weight - old for weight, old in zip(learner.network.parameters(), before, strict=True)]
    assert torch.cat([part.flatten() for part in moved]).norm().item() == pytest.approx(0.125, rel=1e-3)


def test_a_damaged_state_is_told_and_training_begins_anew(flows, tmp_path, capsys):
    how = replace(HOW, epochs=1)
    whole, _ = train(flows, tmp_path / "whole.pt", how=how)
    (tmp_path / "state.pt").write_bytes((tmp_path / "whole.pt").read_bytes()[:5000])
    again, _ = train(flows, tmp_path / "state.pt", how=how)
    assert re.search(r"state\.pt is damaged \(\w+\): training begins anew", capsys.readouterr().err)
    assert torch.equal(weights(whole), weights(again))


def test_the_bar_ends_with_the_whole_epoch(flows, tmp_path, capsys):
    _, (row,) = train(flows, tmp_path / "state.pt", replace(RECIPE, batch=10), how=replace(HOW, epochs=1))
    shown = capsys.readouterr().err.rstrip().split("\r")[-1]
    assert f"loss {row.loss:.3f}, top-1 {row.prec1:.1f}" in shown


def test_a_loss_that_is_not_finite_ends_training_with_the_batch(flows, tmp_path):
    with pytest.raises(InputError, match=r"not finite in step \d: lower this stream's lr or set clip") as told:
        train(flows, tmp_path / "state.pt", how=replace(HOW, lr=1e10, epochs=3))
    assert 3 <= len(re.findall(r"[AB]/\d\.avi", str(told.value))) <= 4


def test_a_batch_that_cannot_be_divided_is_refused(flows, tmp_path):
    with pytest.raises(InputError, match=r"a batch of 3 videos cannot be divided into 2 parts .* 2 devices"):
        train(flows, tmp_path / "state.pt", replace(RECIPE, accumulate=2), group=training.ProcessGroup(0, 2))


@pytest.mark.parametrize("alpha", [0.2, 1.0, 8.0])
def test_mixed_videos_stay_mostly_themselves(alpha):
    drawn = [training.mixing(5, alpha, np.random.default_rng(seed)) for seed in range(50)]
    assert all(0.5 <= share <= 1 and sorted(partner) == list(range(5)) for share, partner in drawn)
    assert len({share for share, _ in drawn}) == 50
    assert training.mixing(5, 0, np.random.default_rng(0)) == (1.0, [])


def test_tensorboard_gets_the_scalars_where_it_is(flows, tmp_path):
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    train(flows, tmp_path / "state.pt", how=replace(HOW, epochs=2), watched=flows[1][:2])
    events = accumulator.EventAccumulator(str(tmp_path / "state.scalars")).Reload()
    assert {"train/loss", "validation/prec1"} <= set(events.Tags()["scalars"])
