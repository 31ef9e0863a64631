"""Every architecture takes a stack and gives scores; its weights start as they should."""

import math
import re
import urllib.request
from pathlib import Path

import pytest
import torch
import torchvision
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from twostream.config import schema
from twostream.errors import InputError
from twostream.streams import imagenet_files, inputs
from twostream.streams.design import Design
from twostream.streams.network import build_network, first_convolution, set_training, widen, without_classifier

ARCHITECTURES = schema.read()["properties"]["streams"]["additionalProperties"]["properties"]["architecture"]["enum"]
INPUTS = [("rgb", 1, 3), ("flow", 10, 20), ("rgb", 3, 9), ("rgb_diff", 5, 15)]


@pytest.mark.parametrize("name", ["resnet18", "resnet50", "resnet101", "resnext50_32x4d", "convnext_tiny"])
@pytest.mark.parametrize(("modality", "stack", "channels"), INPUTS)
def test_a_stack_goes_in_and_scores_come_out(name, modality, stack, channels):
    design = Design(architecture=name, modality=modality, stack=stack, dropout=0.2, pretrained="none")
    assert design.channels == channels
    assert build_network(design, 7).eval()(torch.zeros(1, channels, 32, 32)).shape == (1, 7)


@pytest.mark.parametrize(
    "name", ["resnet152", "efficientnet_b0", "swin_t", "densenet121", "mobilenet_v3_small", "regnet_y_400mf"]
)
def test_other_architectures_take_stacks_too(name):
    network = build_network(
        Design(architecture=name, modality="flow", stack=10, dropout=0.0, pretrained="none"), 7
    ).eval()
    assert network(torch.zeros(1, 20, 32, 32)).shape == (1, 7)


@pytest.mark.parametrize(("name", "dims"), [("resnet18", 512), ("mobilenet_v3_small", 1024), ("swin_t", 768)])
def test_the_classifier_makes_the_scores_of_what_comes_before_it(name, dims):
    design = Design(architecture=name, modality="rgb", stack=1, dropout=0.5, pretrained="none")
    network, inputs = build_network(design, 7).eval(), torch.rand(2, 3, 64, 64)
    headless, classifier = without_classifier(network)
    assert headless(inputs).shape == (2, dims)
    assert torch.allclose(classifier(headless(inputs)), network(inputs))


@pytest.mark.parametrize("name", [name for name in ARCHITECTURES if not name.startswith("regnet")])
def test_every_architecture_that_may_be_asked_for_can_be_built(name):
    """On the meta device: shapes and no numbers. A RegNet asks for numbers; those differ in size alone."""
    with torch.device("meta"):
        network = build_network(Design(architecture=name, modality="flow", stack=10, dropout=0.5, pretrained="none"), 7)
        first = next(layer for layer in network.modules() if isinstance(layer, nn.Conv2d))
        last = [layer for layer in network.modules() if isinstance(layer, nn.Linear)][-1]
        assert (first.in_channels, last.out_features) == (20, 7)
        assert network.eval()(torch.empty(1, 20, 224, 224)).shape == (1, 7)


def test_architectures_are_torchvisions_classifiers():
    """All but two that have a second classifier in training, and two without a linear one."""
    classifiers = set(torchvision.models.list_models(module=torchvision.models))
    assert set(ARCHITECTURES) == classifiers - {"googlenet", "inception_v3", "squeezenet1_0", "squeezenet1_1"}


@pytest.mark.parametrize("name", ["resnet18", "convnext_tiny", "swin_t", "efficientnet_b0"])
def test_first_convolution_is_the_mean_over_rgb_repeated(name):
    network = torchvision.models.get_model(name, weights=None)
    _, rgb = first_convolution(network)
    bias = torch.arange(rgb.out_channels).float() if rgb.bias is not None else None
    if bias is not None:
        rgb.bias.data.copy_(bias)
    red, green, blue = rgb.weight.detach().clone().unbind(dim=1)
    widen(network, 20)
    wide = next(layer for layer in network.modules() if isinstance(layer, nn.Conv2d))
    assert wide.weight.shape == (rgb.out_channels, 20, *rgb.kernel_size)
    assert (wide.stride, wide.padding) == (rgb.stride, rgb.padding)
    for channel in range(20):
        assert torch.allclose(wide.weight[:, channel], (red + green + blue) / 3, atol=1e-7)
    assert bias is None or torch.equal(wide.bias, bias)


def test_weights_drawn_afresh_have_the_deviation_of_he():
    network = torchvision.models.resnet18()
    widen(network, 20, random=True)
    assert network.conv1.weight.std().item() == pytest.approx(math.sqrt(2 / (64 * 7 * 7)), rel=0.05)


def test_weights_from_a_file(tmp_path):
    torch.manual_seed(1)
    source = torchvision.models.resnet18()
    torch.save(source.state_dict(), tmp_path / "weights.pth")
    network = build_network(
        Design(architecture="resnet18", modality="rgb", stack=1, dropout=0.0, pretrained=str(tmp_path / "weights.pth")),
        5,
    )
    assert torch.equal(network.layer4[1].conv2.weight, source.layer4[1].conv2.weight)
    assert torch.equal(network.conv1.weight, source.conv1.weight)


@pytest.mark.parametrize("content", [b"", b"no weights", None])
def test_a_file_without_weights_is_refused(tmp_path, content):
    path = tmp_path / "weights.pth"
    if content is None:
        torch.save(torchvision.models.resnet34().state_dict(), path)
    else:
        path.write_bytes(content)
    with pytest.raises(InputError, match=r"weights\.pth") as error:
        build_network(Design(architecture="resnet18", modality="rgb", stack=1, dropout=0.0, pretrained=str(path)), 5)
    assert "\n" not in str(error.value)


def test_weights_that_cannot_be_downloaded_name_the_file_and_its_place(monkeypatch, tmp_path):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(urllib.request, "urlopen", _no_network)
    with pytest.raises(InputError) as error:
        build_network(Design(architecture="resnet101", modality="rgb", stack=1, dropout=0.0, pretrained="imagenet"), 5)
    path = tmp_path / "hub" / "checkpoints" / "resnet101-cd907fc2.pth"
    assert f"put it at {path}" in str(error.value)
    assert "https://" in str(error.value)


@pytest.mark.parametrize("content", [b"", b"cut short", None])
def test_nothing_is_run_of_a_file_that_lies_where_imagenets_weights_do(monkeypatch, tmp_path, content):
    class Harm:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "ran",))

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    file = tmp_path / "hub" / "checkpoints" / "resnet18-f37072fd.pth"
    file.parent.mkdir(parents=True)
    file.write_bytes(content) if content is not None else torch.save({"fc.bias": Harm()}, file)
    with pytest.raises(InputError, match=r"resnet18-f37072fd\.pth: is not the file of that name: .*: delete it"):
        build_network(Design(architecture="resnet18", modality="rgb", stack=1, dropout=0.0, pretrained="imagenet"), 5)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("name", "version", "file"),
    [
        ("resnet50", "imagenet", "resnet50-11ad3fa6.pth"),
        ("resnet50", "imagenet_v1", "resnet50-0676ba61.pth"),
        ("vit_h_14", "imagenet", "vit_h_14_lc_swag-c1eb923e.pth"),
        ("vit_h_14", "imagenet_v1", "vit_h_14_lc_swag-c1eb923e.pth"),
        ("swin_v2_t", "imagenet", "swin_v2_t-b137f0e2.pth"),
    ],
)
def test_imagenets_weights_are_those_that_fit(monkeypatch, tmp_path, name, version, file):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    assert imagenet_files.place(name, version) == tmp_path / "hub" / "checkpoints" / file


def test_the_layers_of_a_densenet_may_have_their_old_names(tmp_path):
    source = torchvision.models.densenet121()
    old = {re.sub(r"(layer\d+\.(?:norm|conv))([12])", r"\1.\2", name): v for name, v in source.state_dict().items()}
    assert "features.denseblock1.denselayer1.norm.1.weight" in old
    torch.save(old, tmp_path / "weights.pth")
    network = build_network(
        Design(
            architecture="densenet121", modality="rgb", stack=1, dropout=0.0, pretrained=str(tmp_path / "weights.pth")
        ),
        5,
    )
    layer = "features.denseblock4.denselayer16.conv2.weight"
    assert torch.equal(network.state_dict()[layer], source.state_dict()[layer])


def test_partial_batch_norm_leaves_all_but_the_first_as_they_are():
    network = build_network(Design(architecture="resnet18", modality="rgb", stack=1, dropout=0.0, pretrained="none"), 3)
    set_training(network, partial_bn=True)
    first, *others = (layer for layer in network.modules() if isinstance(layer, _BatchNorm))
    before = [(layer.running_mean.clone(), layer.running_var.clone()) for layer in others]
    network(torch.randn(4, 3, 32, 32)).sum().backward()
    assert not torch.equal(first.running_mean, torch.zeros(64))
    assert first.weight.grad is not None
    for layer, (mean, var) in zip(others, before, strict=True):
        assert torch.equal(layer.running_mean, mean)
        assert torch.equal(layer.running_var, var)
        assert layer.weight.grad is None
    set_training(network.eval(), partial_bn=False)
    assert all(layer.training for layer in others)


class TestNormalise:
    def test_still_flow_is_zero_to_the_network(self):
        still = torch.full((1, 20, 4, 4), 128, dtype=torch.uint8)
        assert (
            inputs.normalise(
                still, Design(architecture="resnet18", modality="flow", stack=10, dropout=0.0, pretrained="none")
            )
            == 0
        ).all()

    def test_images_have_imagenets_mean_and_deviation(self):
        image = torch.randint(0, 256, (2, 3, 4, 4), dtype=torch.uint8)
        expected = torchvision.transforms.functional.normalize(
            image / 255, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
        )
        values = inputs.normalise(
            image, Design(architecture="resnet18", modality="rgb", stack=1, dropout=0.0, pretrained="none")
        )
        assert torch.allclose(values, expected, atol=1e-6)

    def test_bytes_are_divided_by_255_and_no_more(self):
        stack = torch.randint(0, 256, (2, 20, 4, 4), dtype=torch.uint8)
        design = Design(
            architecture="resnet18", modality="flow", stack=10, dropout=0.0, pretrained="none", scaling="bytes"
        )
        assert torch.equal(inputs.normalise(stack, design), stack / 255)

    def test_differences_are_of_consecutive_frames(self):
        frames = torch.randint(0, 256, (2, 4, 3, 5, 5), dtype=torch.uint8)
        design = Design(architecture="resnet18", modality="rgb_diff", stack=3, dropout=0.0, pretrained="none")
        assert (design.frames, design.channels) == (4, 9)
        values = inputs.normalise(frames.flatten(1, 2), design).unflatten(1, (3, 3))
        for t in range(3):
            expected = (frames[:, t + 1].float() - frames[:, t].float()) / 255 / 0.452
            assert torch.allclose(values[:, t], expected, atol=1e-5)


def _no_network(*_, **__):
    raise OSError("no network")
