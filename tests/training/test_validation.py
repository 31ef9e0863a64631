"""What is measured on the validation videos, and which epoch is kept for it."""

from dataclasses import replace

import pytest
import torch

from support.training import CPU, DESIGN, OPTIMISATION, train_small, validator
from twostream import metrics
from twostream.compute.distributed import ProcessGroup
from twostream.compute.hardware import Runtime
from twostream.errors import InputError
from twostream.streams import inputs, sampling
from twostream.streams.views import EvaluationViews


@pytest.mark.parametrize(("size", "samples"), [(1, 2), (3, 4)])
def test_validation_videos_are_measured_by_their_scores(flows, tmp_path, size, samples):
    """Against each stack scored by hand; `size` processes together see each video once."""
    reader, videos = flows
    network, _ = train_small(flows, tmp_path / "state.pt", optimisation=replace(OPTIMISATION, epochs=1))
    result = validator(reader, videos, samples).start(Runtime(device=CPU), ProcessGroup())(network)
    scores = []
    for video in videos:
        starts = sampling.test_starts(sampling.protocol("center25", samples), video.frames - 1, 4)
        views = EvaluationViews(reader, DESIGN, 32, "centre")[[(video.id, starts.tolist())]]
        with torch.no_grad():
            scores.append(network(inputs.normalise(views, DESIGN)).mean(dim=0))
    every, labels = torch.stack(scores), torch.tensor([v.label for v in videos])
    assert result.loss == pytest.approx(float(torch.nn.functional.cross_entropy(every, labels)), rel=1e-4)
    assert result.prec1 == metrics.top(metrics.ranks(every.numpy(), labels.numpy()), 1)
    parts = [ProcessGroup(rank, size).own_part(videos) for rank in range(size)]
    assert sorted(v.id for part in parts for v in part) == sorted(v.id for v in videos)


def test_scores_that_are_not_finite_end_training_and_name_the_video(flows, tmp_path):
    """Compared with nothing, they would pass for right."""
    reader, videos = flows
    network, _ = train_small(flows, tmp_path / "state.pt", optimisation=replace(OPTIMISATION, epochs=1))
    torch.nn.init.constant_(next(network.parameters()), torch.inf)
    with pytest.raises(
        InputError, match=r"validation video A/0\.avi: its scores are not finite: lower this stream's lr"
    ):
        validator(reader, videos, samples=1).start(Runtime(device=CPU), ProcessGroup())(network)
