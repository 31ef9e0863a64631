"""Recorded passes are those that run as usual: only on a GPU are there any."""

from copy import deepcopy

import pytest
import torch

from twostream.compute.hardware import Runtime
from twostream.streams.graphs import USUAL_PASSES, Passes

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
GPU = torch.device("cuda", 0)


def small_network(dropout: float = 0.0) -> torch.nn.Module:
    torch.manual_seed(0)
    layers = [torch.nn.Conv2d(4, 8, 3), torch.nn.BatchNorm2d(8), torch.nn.ReLU(), torch.nn.Dropout(dropout)]
    return torch.nn.Sequential(*layers, torch.nn.Flatten(), torch.nn.Linear(8 * 36, 3)).to(GPU)


def test_training_is_the_same_with_recorded_passes():
    usual, recorded = small_network(), small_network()
    passes = Passes(recorded, Runtime(device=GPU))
    optimisers = [torch.optim.SGD(network.parameters(), 0.01) for network in (usual, recorded)]
    for step in range(USUAL_PASSES + 6):
        inputs = torch.randn(5 - (step == 7), 4, 8, 8, device=GPU)
        for run, optimiser in zip((usual, passes), optimisers, strict=True):
            (run(inputs) - 1).square().mean().backward()
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
    for one, other in zip(usual.state_dict().values(), recorded.state_dict().values(), strict=True):
        assert torch.allclose(one, other, rtol=1e-4, atol=1e-5)


def test_dropout_is_drawn_anew_in_every_recorded_pass():
    passes, inputs = Passes(small_network(0.5), Runtime(device=GPU)), torch.randn(5, 4, 8, 8, device=GPU)
    scores = [passes(inputs).detach().clone() for _ in range(USUAL_PASSES + 3)]
    assert not torch.equal(scores[-1], scores[-2])


def test_scores_are_the_same_with_recorded_passes_and_after_the_weights_have_moved():
    network = small_network().eval()
    passes = Passes(network, Runtime(device=GPU))
    for step in range(USUAL_PASSES + 4):
        inputs = torch.randn(5, 4, 8, 8, device=GPU)
        with torch.inference_mode():
            assert torch.allclose(passes(inputs), deepcopy(network)(inputs), rtol=1e-4, atol=1e-5)
        with torch.no_grad():
            network[0].weight.add_(0.01 * step)


def test_what_cannot_be_recorded_runs_as_usual():
    class Waiting(torch.nn.Module):
        def forward(self, inputs: torch.Tensor) -> torch.Tensor:
            return inputs * inputs.sum().item()

    passes, inputs = Passes(Waiting(), Runtime(device=GPU)), torch.ones(2, 3, device=GPU)
    with torch.inference_mode():
        assert all(torch.equal(passes(inputs), inputs * 6) for _ in range(USUAL_PASSES + 3))
