"""Trained networks come back from files, ours and the reference's, and files that would run code do not."""

from pathlib import Path

import numpy as np
import pytest
import torch
import torchvision
from torch import nn

from support.checkpoints import NAMES, reference, written
from support.training import weights
from twostream.errors import InputError
from twostream.streams import inputs
from twostream.streams.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from twostream.streams.design import Design
from twostream.streams.network import build_network
from twostream.streams.reference import load_any


def test_a_checkpoint_of_ours_comes_back(tmp_path):
    design = Design(
        architecture="resnet18", modality="flow", stack=4, dropout=0.5, pretrained="imagenet", scaling="bytes"
    )
    network = build_network(
        Design(architecture="resnet18", modality="flow", stack=4, dropout=0.5, pretrained="none"), 7
    )
    save_checkpoint(
        tmp_path / "model.pt",
        Checkpoint(
            design=design, size=48, class_names=NAMES, network=network, chosen_on="validation", validation=("A/a.avi",)
        ),
    )
    for back in (load_checkpoint(tmp_path / "model.pt"), load_any(tmp_path / "model.pt", NAMES)):
        assert (back.size, back.class_names, back.validation) == (48, NAMES, ("A/a.avi",))
        assert back.chosen_on == "validation"
        assert (back.design.modality, back.design.stack, back.design.scaling) == ("flow", 4, "bytes")
        assert torch.equal(weights(back.network), weights(network))
        assert not back.network.training
    with pytest.raises(InputError, match=r"model\.pt: its classes are not those of the data set"):
        load_any(tmp_path / "model.pt", NAMES[::-1])


def save_without(path, name):
    """Save a checkpoint of ours to `path`, and take `name` out of it."""
    design = Design(architecture="resnet18", modality="flow", stack=4, dropout=0.0, pretrained="none")
    save_checkpoint(
        path, Checkpoint(design=design, size=48, class_names=NAMES, network=build_network(design, 7), chosen_on="test")
    )
    stored = torch.load(path, weights_only=True)
    del stored[name]
    torch.save(stored, path)


def test_a_checkpoint_that_does_not_say_what_its_epoch_was_chosen_on_is_read(tmp_path):
    save_without(tmp_path / "model.pt", "chosen_on")
    assert load_any(tmp_path / "model.pt", NAMES).chosen_on == "unknown"


@pytest.mark.parametrize("lost", ["size", "validation", "design"])
def test_a_checkpoint_of_ours_that_lacks_something_is_refused(tmp_path, lost):
    save_without(tmp_path / "model.pt", lost)
    with pytest.raises(InputError, match=r"model\.pt: not a checkpoint of ours \(KeyError\)"):
        load_checkpoint(tmp_path / "model.pt")


@pytest.mark.parametrize(
    "form",
    [{}, {"prefix": ""}, {"zipped": False}, {"first": "conv1"}, {"best": np.float64(1)}, {"best": np.float32(1)}],
)
def test_the_references_spatial_network_scores_as_it_did(tmp_path, form):
    theirs = reference(3)
    checkpoint = load_any(written(tmp_path / "model_best.pth.tar", theirs, **form), NAMES)
    assert (checkpoint.design.modality, checkpoint.design.stack, checkpoint.size) == ("rgb", 1, 224)
    assert checkpoint.chosen_on == "test"
    image = torch.randint(0, 256, (2, 3, 64, 64), dtype=torch.uint8)
    prepared = torchvision.transforms.functional.normalize(image / 255, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    same_scores(theirs.eval(), prepared, checkpoint, image)


@pytest.mark.parametrize("name", ["resnet18", "resnet50"])
def test_the_references_temporal_network_scores_as_it_did(tmp_path, name):
    """It wrote pair j (from 1) into the channels 2 (j - 2), so that the first pair came last, and divided by 255."""
    theirs = reference(20, name)
    checkpoint = load_any(written(tmp_path / "model_best.pth.tar", theirs), NAMES)
    assert (checkpoint.design.architecture, checkpoint.design.modality, checkpoint.design.stack) == (name, "flow", 10)
    pairs = torch.randint(0, 256, (1, 10, 2, 64, 64), dtype=torch.uint8)
    as_theirs = torch.empty(1, 20, 64, 64)
    for j in range(10):
        as_theirs[:, 2 * (j - 1)] = pairs[:, j, 0] / 255
        as_theirs[:, 2 * (j - 1) + 1] = pairs[:, j, 1] / 255
    same_scores(theirs.eval(), as_theirs, checkpoint, pairs.flatten(1, 2))


def same_scores(theirs: nn.Module, prepared: torch.Tensor, checkpoint: Checkpoint, stacks: torch.Tensor) -> None:
    with torch.no_grad():
        features = theirs(prepared)
        expected = theirs.fc_custom(features)
        scores = checkpoint.network(inputs.normalise(stacks, checkpoint.design))
    assert torch.allclose(scores, expected, atol=1e-4)
    assert not torch.allclose(scores[:, 0], scores[:, 1])


def test_a_reference_checkpoint_that_does_not_fit_is_refused(tmp_path):
    path = written(tmp_path / "model_best.pth.tar", reference(3))
    with pytest.raises(InputError, match="it has 7 classes, and the data set has 3"):
        load_any(path, NAMES[:3])
    stored = torch.load(path, weights_only=True)
    del stored["state_dict"]["module.layer2.0.conv1.weight"]
    torch.save(stored, path)
    with pytest.raises(InputError, match=r"do not fit a resnet18: .*layer2\.0\.conv1\.weight"):
        load_any(path, NAMES)
    for odd in ({"conv1.weight": torch.zeros(1)}, {"layer3.0.conv3.weight": 1}, {1: 2}):
        torch.save({"state_dict": odd}, path)
        with pytest.raises(InputError, match="not the weights of a ResNet of the reference"):
            load_any(path, NAMES)


@pytest.mark.parametrize("read", [load_checkpoint, lambda path: load_any(path, NAMES)])
def test_a_checkpoint_that_would_run_code_is_refused(tmp_path, read):
    class Exploit:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "owned",))

    torch.save({"state_dict": Exploit()}, tmp_path / "model.pt")
    with pytest.raises(InputError, match=r"model\.pt: not a checkpoint"):
        read(tmp_path / "model.pt")
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize("content", [None, b"", b"text", {"epoch": 1}, [1, 2]])
def test_a_file_without_a_checkpoint_is_refused_in_one_line(tmp_path, content):
    path = tmp_path / "model.tar"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        torch.save(content, path)
    with pytest.raises(InputError, match=r"model\.tar: ") as error:
        load_any(path, NAMES)
    assert "\n" not in str(error.value)


def ours(path: Path) -> dict:
    """What a checkpoint of ours at `path`, which is written, holds."""
    design = Design(architecture="resnet18", modality="flow", stack=4, dropout=0.0, pretrained="none")
    network = build_network(design, 7)
    save_checkpoint(path, Checkpoint(design=design, size=48, class_names=NAMES, network=network, chosen_on="test"))
    return torch.load(path, weights_only=True)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"size": "large"}, "size: is 'large': set it to a whole number"),
        ({"size": -1}, "size: is -1: set it to a whole number"),
        ({"size": 10**6}, "size: is 1000000: set it to a whole number"),
        ({"size": None}, "size: is None: set it to a whole number"),
        ({"chosen_on": "zzz"}, "chosen_on is `'zzz'`: set it to one of test, unknown"),
        ({"chosen_on": 3}, "chosen_on is `3`"),
        ({"validation": [["A/a.avi"]]}, r"not a checkpoint of ours \(TypeError\)"),
        ({"class_names": 7}, r"not a checkpoint of ours \(TypeError\)"),
        ({"design": {"stack": 10**6}}, "stack: is 1000000: set it to"),
        ({"design": {"stack": 2.5}}, "stack: is 2.5: set it to"),
        ({"design": {"modality": "sound"}}, "modality: is 'sound': set it to one of"),
        ({"design": {"architecture": "os.system"}}, "architecture: is 'os.system': set it to one of"),
        ({"design": {"dropout": float("nan")}}, "dropout: is nan: set it to"),
        ({"state_dict": {"fc.1.bias": torch.full((7,), float("nan"))}}, r"fc\.1\.bias is not finite: give"),
        ({"state_dict": {"fc.1.bias": torch.full((7,), float("inf"))}}, r"fc\.1\.bias is not finite: give"),
        ({"state_dict": {"fc.1.bias": torch.zeros(7, dtype=torch.int64)}}, r"fc\.1\.bias is torch\.int64 of shape"),
        ({"state_dict": {"fc.1.bias": torch.zeros(7, dtype=torch.complex64)}}, r"fc\.1\.bias is torch\.complex64"),
        ({"state_dict": {"fc.1.bias": torch.zeros(())}}, r"fc\.1\.bias is torch\.float32 of shape \(\): give"),
        ({"state_dict": {"conv1.weight": torch.zeros(64, 8, 7)}}, r"conv1\.weight is .* \(64, 8, 7\): give"),
        ({"state_dict": {"conv1.weight": "text"}}, "not a checkpoint of ours"),
    ],
    ids=str,
)
def test_what_no_training_makes_is_refused_when_it_is_read(tmp_path, changes, problem):
    path = tmp_path / "model.pt"
    stored = ours(path)
    for name, change in changes.items():
        stored[name] = stored[name] | change if isinstance(change, dict) else change
    torch.save(stored, path)
    with pytest.raises(InputError, match=rf"model\.pt: {problem}") as error:
        load_any(path, NAMES)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"module.conv1_custom.weight": torch.zeros(64, 3, 7)},
        {"module.conv1_custom.weight": torch.zeros(64)},
        {"module.conv1_custom.weight": torch.zeros(()).expand(64, 10**9, 7, 7)},
        {"module.fc_custom.bias": torch.zeros(())},
        {"module.fc_custom.bias": torch.full((7,), float("nan"))},
        {"module.fc_custom.weight": torch.zeros(7, 512, dtype=torch.int32)},
        {"module.fc_custom.weight": 3},
    ],
    ids=lambda changes: str([(name, getattr(value, "shape", value)) for name, value in changes.items()]),
)
def test_odd_weights_of_the_reference_are_refused_in_one_line(tmp_path, changes):
    path = written(tmp_path / "model_best.pth.tar", reference(3))
    stored = torch.load(path, weights_only=True)
    stored["state_dict"] |= changes
    torch.save(stored, path)
    with pytest.raises(InputError, match=r"model_best\.pth\.tar: ") as error:
        load_any(path, NAMES)
    assert "\n" not in str(error.value)


def test_a_checkpoint_of_which_a_bit_flipped_is_refused(tmp_path):
    path = tmp_path / "model.pt"
    weight = ours(path)["state_dict"]["fc.1.weight"]
    content = bytearray(path.read_bytes())
    content[content.index(weight.numpy().tobytes()) + 100] ^= 1
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"model\.pt: not a checkpoint"):
        load_any(path, NAMES)
