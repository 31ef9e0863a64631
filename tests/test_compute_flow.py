import numpy as np
import pytest
from conftest import moving_dots
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from twostream import config, flow, stacks, video

DEFAULTS = flow.TVL1.from_settings(config.check({})["flow"]["tvl1"])
fields = arrays(np.float32, (2, 3, 4), elements=st.floats(-60, 60, width=32))
bounds = st.floats(0.5, 100)


@given(fields, bounds)
def test_quantised_flow_comes_back_within_half_a_step(field, bound):
    back = flow.dequantise(flow.quantise(field, bound), bound)
    assert np.abs(back - np.clip(field, -bound, bound)).max() <= bound / 254 * 1.001


@given(bounds)
def test_no_motion_comes_back_as_exactly_zero(bound):
    assert (flow.dequantise(flow.quantise(np.zeros((2, 1, 1), np.float32), bound), bound) == 0).all()


@given(fields, bounds)
def test_quantisation_is_symmetric(field, bound):
    assert (flow.quantise(-field, bound).astype(int) + flow.quantise(field, bound) == 256).all()


@pytest.mark.parametrize("step", [1.0, -2.0])
def test_flow_is_pixels_a_frame_x_to_the_right(step):
    (first, *_) = flow.compute(moving_dots(2, step=step), DEFAULTS)
    assert first.shape == (2, 48, 64)
    inner = first[:, 8:-8, 8:-8]
    assert np.median(inner[0]) == pytest.approx(step, abs=0.1)
    assert np.median(inner[1]) == pytest.approx(0, abs=0.1)


def test_a_still_scene_does_not_move():
    (first,) = flow.compute(moving_dots(2, step=0), DEFAULTS)
    assert (flow.quantise(first, 20) == 128).all()


def test_defaults_are_opencvs():
    ours, theirs = flow.opencv(DEFAULTS), flow.cv2.optflow.DualTVL1OpticalFlow_create()
    getters = [name for name in dir(theirs) if name.startswith("get") and name != "getDefaultName"]
    assert len(getters) >= 12
    for name in getters:
        assert getattr(ours, name)() == getattr(theirs, name)(), name


def test_flow_of_a_real_clip_is_stored_a_pair_less_than_frames(clips, tmp_path):
    path = clips / "ucf3" / "Diving" / "v_Diving_g01_c01.avi"
    frames = [frame for _, frame in zip(range(4), video.decode(path, 64), strict=False)]
    fields = (flow.quantise(field, 20) for field in flow.compute(iter(frames), DEFAULTS))
    with stacks.h5py.File(tmp_path / "a.h5", "w") as file:
        stacks.write_dense(file.create_group("clip"), fields, 3)
        assert file["clip/dense"].shape == (3, 2, 64, 85)
        assert file["clip/dense"].chunks == (1, 2, 64, 85)
