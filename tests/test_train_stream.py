from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
import torchvision

from twostream import index, loader, scoring, shards, stacks, streams, training
from twostream.errors import InputError

DESIGN = streams.Design("resnet18", "flow", 4, 0.0, "none")
RECIPE = training.Recipe(
    size=32,
    segments=2,
    smallest_crop=0.8,
    epochs=4,
    batch=4,
    optimiser="sgd",
    lr=0.01,
    momentum=0.9,
    weight_decay=0.0,
    schedule="cosine",
    patience=1,
    seed=0,
)
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def flows(tmp_path_factory) -> tuple[stacks.StackReader, list[index.Video]]:
    """Ten videos of two classes whose flow points right or down."""
    folder = tmp_path_factory.mktemp("flows")

    def write(video: index.Video, group: h5py.Group) -> None:
        rng = np.random.default_rng(int(video.digest))
        fields = rng.integers(118, 139, (video.frames - 1, 2, 36, 40)).astype(np.uint8)
        fields[:, video.label] += 60
        stacks.write_dense(group, iter(fields), video.frames - 1)

    videos = [
        index.Video(f"{'AB'[i % 2]}/{i}.avi", i % 2, "train", f"g{i:02d}", 9 + i, 40, 36, 25.0, str(i))
        for i in range(10)
    ]
    shards.fill(folder / "flow" / "0000-x.h5", videos, write, "flow", 1, "threads")
    stacks.write_links(folder / "flow.h5", [folder / "flow" / "0000-x.h5"], "flow")
    return stacks.StackReader(folder / "flow.h5"), videos


def train(flows, state: Path, recipe=RECIPE, design=DESIGN, workers=0):
    reader, videos = flows
    return training.train(reader, videos, 2, design, recipe, CPU, workers, state)


def weights(network) -> torch.Tensor:
    return torch.cat([value.flatten().double() for value in network.state_dict().values()])


@pytest.mark.parametrize(("optimiser", "schedule"), [("sgd", "cosine"), ("adamw", "plateau"), ("sgd", "constant")])
def test_two_classes_are_learnt(flows, tmp_path, optimiser, schedule):
    recipe = replace(RECIPE, optimiser=optimiser, schedule=schedule, lr=0.001 if optimiser == "adamw" else 0.01)
    _, history = train(flows, tmp_path / "state.pt", replace(recipe, epochs=6))
    assert history[-1].prec1 == 100
    assert history[-1].loss < history[0].loss
    assert 0 < history[0].data_time < history[0].batch_time


def test_a_run_is_the_same_twice_and_with_any_number_of_loaders(flows, tmp_path):
    recipe = replace(RECIPE, epochs=2)
    runs = [weights(train(flows, tmp_path / f"{n}.pt", recipe, workers=n)[0]) for n in (0, 0, 2)]
    assert torch.equal(runs[0], runs[1])
    assert torch.equal(runs[0], runs[2])


@pytest.mark.parametrize("schedule", ["cosine", "plateau"])
def test_an_interrupted_run_goes_on_exactly(flows, tmp_path, monkeypatch, schedule):
    design, recipe = replace(DESIGN, dropout=0.5), replace(RECIPE, schedule=schedule)
    whole, history = train(flows, tmp_path / "whole.pt", recipe, design)
    save = training._save

    def save_and_die(path, network, optimiser, schedule, epochs):
        save(path, network, optimiser, schedule, epochs)
        if len(epochs) == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(training, "_save", save_and_die)
        with pytest.raises(KeyboardInterrupt):
            train(flows, tmp_path / "state.pt", recipe, design)
    torch.manual_seed(99)
    resumed, resumed_history = train(flows, tmp_path / "state.pt", recipe, design)
    assert torch.equal(weights(whole), weights(resumed))
    assert [epoch.loss for epoch in history] == [epoch.loss for epoch in resumed_history]


def test_a_loss_that_is_not_finite_is_told(flows, tmp_path):
    with pytest.raises(InputError, match="not finite: lower this stream's lr"):
        train(flows, tmp_path / "state.pt", replace(RECIPE, lr=1e10, epochs=3))


def test_batches_are_never_of_one_video(flows):
    reader, videos = flows
    clips = loader.TrainingClips(reader, videos[:9], DESIGN, 32, 1, 0.8, 0)
    sizes = [len(labels) for _, labels in training._batches(clips, 8, 0)]
    assert sizes == [5, 4]


def test_a_checkpoint_comes_back(flows, tmp_path):
    network, _ = train(flows, tmp_path / "state.pt", replace(RECIPE, epochs=1))
    scoring.save_checkpoint(tmp_path / "model.pt", scoring.Checkpoint(DESIGN, 32, ("A", "B"), network))
    back = scoring.load_checkpoint(tmp_path / "model.pt", CPU)
    assert (back.design, back.size, back.class_names) == (DESIGN, 32, ("A", "B"))
    assert torch.equal(weights(network), weights(back.network))


def test_a_checkpoint_that_would_run_code_is_refused(tmp_path):
    class Exploit:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "owned",))

    torch.save({"state_dict": Exploit()}, tmp_path / "model.pt")
    with pytest.raises(InputError, match=r"model\.pt: not a checkpoint"):
        scoring.load_checkpoint(tmp_path / "model.pt", CPU)
    assert not (tmp_path / "owned").exists()


class TestNetworks:
    @pytest.mark.parametrize("name", ["resnet18", "resnet50", "resnet101"])
    @pytest.mark.parametrize(("modality", "stack", "channels"), [("rgb", 1, 3), ("flow", 10, 20), ("rgb", 3, 9)])
    def test_a_stack_goes_in_and_scores_come_out(self, name, modality, stack, channels):
        network = streams.build(streams.Design(name, modality, stack, 0.2, "none"), 7).eval()
        assert network(torch.zeros(2, channels, 32, 32)).shape == (2, 7)

    def test_first_convolution_is_the_mean_over_rgb_repeated(self):
        network = torchvision.models.resnet18()
        rgb = network.conv1.weight.detach().clone()
        streams.widen(network, 20)
        assert network.conv1.weight.shape == (64, 20, 7, 7)
        for channel in range(20):
            assert torch.allclose(network.conv1.weight[:, channel], (rgb[:, 0] + rgb[:, 1] + rgb[:, 2]) / 3)

    def test_weights_from_a_file(self, tmp_path):
        torch.manual_seed(1)
        source = torchvision.models.resnet18()
        torch.save(source.state_dict(), tmp_path / "weights.pth")
        network = streams.build(streams.Design("resnet18", "rgb", 1, 0.0, str(tmp_path / "weights.pth")), 5)
        assert torch.equal(network.layer4[1].conv2.weight, source.layer4[1].conv2.weight)
        assert torch.equal(network.conv1.weight, source.conv1.weight)

    @pytest.mark.parametrize("content", [b"", b"no weights", None])
    def test_a_file_without_weights_is_refused(self, tmp_path, content):
        path = tmp_path / "weights.pth"
        if content is None:
            torch.save(torchvision.models.resnet34().state_dict(), path)
        else:
            path.write_bytes(content)
        with pytest.raises(InputError, match=r"weights\.pth") as refused:
            streams.build(streams.Design("resnet18", "rgb", 1, 0.0, str(path)), 5)
        assert "\n" not in str(refused.value)

    def test_weights_that_cannot_be_downloaded_name_the_file_and_its_place(self, monkeypatch, tmp_path):
        monkeypatch.setenv("TORCH_HOME", str(tmp_path))
        monkeypatch.setattr(torch.hub, "urlopen", _no_network)
        with pytest.raises(InputError) as refused:
            streams.build(streams.Design("resnet101", "rgb", 1, 0.0, "imagenet"), 5)
        place = tmp_path / "hub" / "checkpoints" / "resnet101-cd907fc2.pth"
        assert f"put it at {place}" in str(refused.value)
        assert "https://" in str(refused.value)

    def test_still_flow_is_zero_to_the_network(self):
        still = torch.full((1, 20, 4, 4), 128, dtype=torch.uint8)
        assert (streams.normalise(still, "flow") == 0).all()


def _no_network(*_, **__):
    raise OSError("no network")
