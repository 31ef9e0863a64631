"""A stream as ONNX gives, in onnxruntime, the scores that torch gives."""

import pytest
import torch

from support.models import CLASSES, stream
from twostream.compute.hardware import Runtime
from twostream.predict import onnx_file
from twostream.streams import inputs

pytest.importorskip("onnxscript", reason="onnxscript is not installed: no stream can be written as ONNX")
onnxruntime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed to check what is written")


@pytest.mark.parametrize(("modality", "stack"), [("rgb", 1), ("rgb_diff", 2), ("flow", 4)])
def test_scores_are_those_of_torch(tmp_path, modality, stack):
    network = stream(modality, stack)
    onnx_file.write(tmp_path / "stream.onnx", network)
    session = onnxruntime.InferenceSession(tmp_path / "stream.onnx", providers=["CPUExecutionProvider"])
    for count in (1, 5):
        stacks = onnx_file.example(network, count)
        with torch.inference_mode():
            expected = inputs.scores(network.network, stacks, network.design, Runtime(device=torch.device("cpu")))
        (scores,) = session.run([onnx_file.OUTPUT], {onnx_file.INPUT: stacks.numpy()})
        assert scores.shape == (count, len(CLASSES))
        assert scores == pytest.approx(expected.numpy(), abs=1e-4)
    assert [path.name for path in tmp_path.iterdir()] == ["stream.onnx"]
