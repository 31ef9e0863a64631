"""Other engines than TV-L1: what they compute against OpenCV's own functions and torchvision's own network."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Barrier

import cv2
import h5py
import numpy as np
import pytest
import torch
from torchvision.models import optical_flow
from torchvision.models.optical_flow.raft import CorrBlock
from torchvision.transforms._presets import OpticalFlow

from support.raft import write_weights
from support.videos import encode, entry
from twostream import plan
from twostream.cache.stages import COMPUTE_FLOW
from twostream.config import check
from twostream.errors import InputError
from twostream.files import hdf5
from twostream.flow.compute import load
from twostream.flow.parameters import Flow
from twostream.steps import compute_flow
from twostream.videos import probe
from twostream.videos.image import Image

SHIFT = (3, -2)
"""Pixels to the right and down from each frame to the next."""


def frames(height: int = 64, width: int = 96, count: int = 3) -> list[Image]:
    """Colour frames of a smooth random texture that moves by SHIFT."""
    texture = np.random.default_rng(3).uniform(0, 255, (height + 20, width + 20, 3)).astype(np.float32)
    texture = cv2.normalize(cv2.GaussianBlur(texture, (0, 0), 2), None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)
    tops, lefts = [10 - SHIFT[1] * t for t in range(count)], [10 - SHIFT[0] * t for t in range(count)]
    return [texture[top : top + height, left : left + width] for top, left in zip(tops, lefts, strict=True)]


def greys(pictures: list[Image]) -> list[Image]:
    return [cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY) for picture in pictures]


def flow_of(pictures: list[Image], batch: int = 32, **flow: object) -> list[Flow]:
    return list(load(check.check({"flow": flow})["flow"], "cpu", batch)(iter(pictures)))


@pytest.fixture(scope="module")
def weights(tmp_path_factory) -> Path:
    """A file of weights of raft_small, drawn at random."""
    return write_weights(tmp_path_factory.mktemp("raft"))


@pytest.mark.parametrize("backend", ["dis", "farneback"])
class TestOpenCVsEngines:
    def test_flow_is_pixels_a_frame_x_to_the_right(self, backend):
        for flow in flow_of(frames(), backend=backend):
            assert flow.shape == (2, 64, 96)
            assert flow.dtype == np.float32
            assert np.median(flow[:, 16:-16, 16:-16], axis=(1, 2)) == pytest.approx(SHIFT, abs=0.2)

    @pytest.mark.parametrize(("height", "width"), [(16, 16), (16, 61), (37, 17)])
    def test_at_sizes(self, backend, height, width):
        (flow,) = flow_of(frames(height, width, 2), backend=backend)
        assert flow.shape == (2, height, width)
        assert np.isfinite(flow).all()

    def test_smaller_frames_are_refused(self, backend):
        with pytest.raises(InputError, match="frames of 12 x 40 pixels are too small"):
            flow_of(frames(40, 12), backend=backend)

    def test_defaults_are_opencvs(self, backend):
        create = {"dis": cv2.DISOpticalFlow_create, "farneback": cv2.FarnebackOpticalFlow_create}[backend]
        before, after = greys(frames(count=2))
        (ours,) = flow_of(frames(count=2), backend=backend)
        assert np.array_equal(ours, create().calc(before, after, None).transpose(2, 0, 1))


@pytest.mark.parametrize("preset", ["ultrafast", "fast", "medium"])
def test_a_preset_of_dis_is_opencvs(preset):
    number = getattr(cv2, f"DISOPTICAL_FLOW_PRESET_{preset.upper()}")
    theirs = cv2.DISOpticalFlow_create(number).calc(*greys(frames(count=2)), None)
    assert np.array_equal(flow_of(frames(count=2), backend="dis", dis={"preset": preset})[0], theirs.transpose(2, 0, 1))


def test_every_parameter_of_farneback_arrives():
    ours = {"levels": 3, "scale_step": 0.6, "window": 15, "iterations": 3, "poly_n": 7, "poly_sigma": 1.5}
    theirs = cv2.calcOpticalFlowFarneback(*greys(frames(count=2)), None, 0.6, 3, 15, 3, 7, 1.5, 0)
    flow = flow_of(frames(count=2), backend="farneback", farneback=ours)[0]
    assert np.array_equal(flow, theirs.transpose(2, 0, 1))


class TestRaft:
    def settings(self, weights: Path) -> dict[str, object]:
        return {"architecture": "small", "weights": str(weights), "updates": 3}

    def expected(self, weights: Path, before: Image, after: Image) -> Flow:
        """What torchvision makes of RGB images by its own preset, padded by their last pixels."""
        network = optical_flow.raft_small()
        network.load_state_dict(torch.load(weights))
        height, width = before.shape[:2]
        pads = ((0, max(128, -(-height // 8) * 8) - height), (0, max(128, -(-width // 8) * 8) - width), (0, 0))
        images = [np.pad(image[..., ::-1], pads, mode="edge") for image in (before, after)]
        tensors = OpticalFlow()(*(torch.from_numpy(image.transpose(2, 0, 1).copy())[None] for image in images))
        with torch.inference_mode():
            flow = network.eval()(*tensors, num_flow_updates=3)[-1][0]
        return flow.numpy()[:, :height, :width]

    @pytest.mark.parametrize(("height", "width"), [(128, 136), (50, 67), (133, 150)])
    def test_it_is_torchvisions(self, weights, height, width):
        pictures = frames(height, width)
        for batch in (1, 2):
            flows = flow_of(pictures, batch, backend="raft", raft=self.settings(weights))
            assert len(flows) == 2
            for t, flow in enumerate(flows):
                expected = self.expected(weights, pictures[t], pictures[t + 1])
                assert flow == pytest.approx(expected, rel=1e-3, abs=1e-3)
                assert np.abs(expected).max() > 0.1

    def test_videos_in_threads_have_the_flow_that_each_has_alone(self, weights, monkeypatch):
        videos = [frames(height, 96) for height in (128, 144)]
        flow = partial(flow_of, backend="raft", raft=self.settings(weights))
        expected = [flow(pictures) for pictures in videos]
        build, both_built = CorrBlock.build_pyramid, Barrier(2, timeout=300)

        def build_and_wait(*arguments: torch.Tensor) -> None:
            build(*arguments)
            both_built.wait()

        monkeypatch.setattr(CorrBlock, "build_pyramid", build_and_wait)
        with ThreadPoolExecutor(2) as pool:
            for alone, beside_another in zip(expected, pool.map(flow, videos), strict=True):
                assert np.stack(beside_another) == pytest.approx(np.stack(alone), abs=1e-3)

    def test_a_file_that_holds_no_weights_is_one_line_and_is_not_run(self, tmp_path):
        class Hostile:
            def __reduce__(self):
                return os.mkdir, (str(tmp_path / "was run"),)

        for number, content in enumerate([Hostile(), {"a": 1}, [], optical_flow.raft_large().state_dict()]):
            path = tmp_path / f"{number}.pth"
            torch.save(content, path)
            with pytest.raises(InputError, match=r"does not hold torchvision's weights of raft_small \(\w+\): set it"):
                flow_of(frames(), backend="raft", raft=self.settings(path))
        assert not (tmp_path / "was run").exists()

    def test_raft_without_weights_is_refused(self, tmp_path):
        with pytest.raises(InputError, match=r"flow\.raft\.weights: is null, and flow\.backend is raft: set it"):
            check.check({"flow": {"backend": "raft"}})
        missing = check.check({"flow": {"backend": "raft", "raft": {"weights": str(tmp_path / "none.pth")}}})
        with pytest.raises(InputError, match=r"none\.pth: is not a file"):
            plan.make(missing)

    def test_the_key_holds_the_weights_and_not_where_they_lie(self, weights, tmp_path):
        def key(path: Path) -> str:
            settings = {"flow": {"backend": "raft", "raft": self.settings(path)}}
            return plan.make(check.check(settings)).video_key(COMPUTE_FLOW)

        copy = tmp_path / "copy.pth"
        copy.write_bytes(weights.read_bytes())
        same = key(copy)
        torch.save(optical_flow.raft_small().state_dict(), copy)
        assert same == key(weights) != key(copy)


def test_parameters_of_another_backend_are_in_no_key():
    def key(**flow: object) -> str:
        return plan.make(check.check({"flow": flow})).video_key(COMPUTE_FLOW)

    assert key(backend="dis") == key(backend="dis", tvl1={"warps": 2}, farneback={"levels": 2}, raft={"updates": 2})
    assert key(backend="fused") == key(backend="fused", dis={"preset": "medium"})
    assert len({key(backend="dis"), key(backend="dis", dis={"preset": "medium"}), key(backend="farneback")}) == 3


@pytest.mark.parametrize("backend", ["dis", "farneback", "raft"])
def test_a_shard_says_which_engine_made_it(tmp_path, weights, backend):
    path = encode(tmp_path / "a" / "b.avi", iter(frames(count=4)))
    video = entry("a/b.avi", frames=4, digest=probe.content_digest(path))
    settings = check.check({"flow": {"short_side": 32, "backend": backend, "raft": TestRaft().settings(weights)}})
    with h5py.File(tmp_path / "x.h5", "w") as file:
        group = file.create_group("a/b.avi")
        compute_flow.write_flow("cpu", 2, False, tmp_path, settings["flow"], video, group)
        assert group["dense"].shape == (3, 2, 32, 48)
        assert hdf5.read_text_attr(group, "backend") == backend
        assert json.loads(hdf5.read_text_attr(group, backend)) == settings["flow"][backend]
        assert "tvl1" not in group.attrs
