"""A stream as ONNX gives, in onnxruntime, the scores that torch gives."""

import pytest
import torch

from support.models import CLASSES, stream
from twostream.compute.hardware import Runtime
from twostream.predict import onnx_file
from twostream.streams import inputs

CPU = Runtime(device=torch.device("cpu"))


def by_torch(network, stacks):
    with torch.inference_mode():
        return inputs.scores(network.network, stacks, network.design, CPU)


@pytest.mark.parametrize(("modality", "stack"), [("rgb", 1), ("rgb_diff", 2), ("flow", 4)])
def test_bytes_are_scaled_as_in_training(modality, stack):
    network = stream(modality, stack)
    stacks = onnx_file.example(network, 3)
    with torch.inference_mode():
        scores = onnx_file.FromBytes(network.network, network.design)(stacks)
    assert torch.allclose(scores, by_torch(network, stacks), atol=1e-5)


def test_what_is_written_gives_the_scores_of_torch(tmp_path):
    """Of one modality alone: to write one takes ten seconds."""
    pytest.importorskip("onnxscript", reason="onnxscript is not installed: no stream can be written as ONNX")
    onnxruntime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed to check what is written")
    network = stream("rgb_diff", 2)
    onnx_file.write(tmp_path / "stream.onnx", network)
    session = onnxruntime.InferenceSession(tmp_path / "stream.onnx", providers=["CPUExecutionProvider"])
    for count in (1, 5):
        stacks = onnx_file.example(network, count)
        (scores,) = session.run([onnx_file.OUTPUT], {onnx_file.INPUT: stacks.numpy()})
        assert scores.shape == (count, len(CLASSES))
        assert scores == pytest.approx(by_torch(network, stacks).numpy(), abs=1e-4)
    assert [path.name for path in tmp_path.iterdir()] == ["stream.onnx"]
