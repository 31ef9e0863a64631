import numpy as np
import pytest
import torch

from twostream import flow, loader


def test_a_mirrored_flow_is_mirrored_and_negated_in_x_exactly():
    field = np.random.default_rng(0).uniform(-25, 25, (5, 2, 6, 7)).astype(np.float32)
    stored = flow.quantise(field, 20)
    mirrored = loader.mirror(torch.from_numpy(stored), "flow").numpy()
    before, after = flow.dequantise(stored, 20)[..., ::-1], flow.dequantise(mirrored, 20)
    assert np.array_equal(after[:, 0], -before[:, 0])
    assert np.array_equal(after[:, 1], before[:, 1])


def test_a_mirrored_flow_leads_through_the_mirrored_frames():
    """Where flow sends a pixel of frame 1, frame 2 has it: also in the mirror."""
    first = torch.randint(0, 255, (1, 3, 8, 8), dtype=torch.uint8)
    second = first.roll(2, dims=-1)
    moved = torch.full((1, 2, 8, 8), 128, dtype=torch.uint8)
    moved[:, 0] += 2
    mirrored = [loader.mirror(frame, "rgb") for frame in (first, second)]
    dx = int(loader.mirror(moved, "flow")[0, 0, 0, 0]) - 128
    assert dx == -2
    assert torch.equal(mirrored[0].roll(dx, dims=-1), mirrored[1])


def test_rgb_is_mirrored_and_no_more():
    frames = torch.arange(2 * 3 * 2 * 4, dtype=torch.uint8).view(2, 3, 2, 4)
    assert torch.equal(loader.mirror(frames, "rgb"), frames.flip(-1))


@pytest.mark.parametrize(("crops", "views"), [("squash", 1), ("centre", 1), ("ten", 10)])
def test_test_crops_have_the_networks_size(crops, views):
    stack = torch.randint(0, 255, (4, 2, 48, 64), dtype=torch.uint8)
    assert loader.test_crops(stack, crops, 32, "flow").shape == (views, 4, 2, 32, 32)


def test_the_whole_frame_is_squashed():
    gradient = torch.linspace(0, 255, 64).to(torch.uint8).expand(1, 3, 48, 64)
    seen = loader.test_crops(gradient, "squash", 32, "rgb")[0, 0, 0, 0]
    assert int(seen[0]) < 6
    assert int(seen[-1]) > 249


def test_ten_crops_are_five_and_their_mirror_images():
    stack = torch.randint(0, 255, (1, 3, 256, 340), dtype=torch.uint8)
    views = loader.test_crops(stack, "ten", 224, "rgb")
    assert torch.equal(views[0, 0], stack[0, :, :224, :224])
    assert torch.equal(views[3, 0], stack[0, :, -224:, -224:])
    assert torch.equal(views[4, 0], stack[0, :, 16:240, 58:282])
    assert torch.equal(views[5:], views[:5].flip(-1))


def test_random_crops_stay_inside_and_differ():
    clip = torch.ones(2, 3, 3, 40, 60, dtype=torch.uint8)
    seen = [loader.random_crop(clip, 24, 0.5, np.random.default_rng(seed)) for seed in range(20)]
    assert all(view.shape == (2, 3, 3, 24, 24) and (view == 1).all() for view in seen)
    gradient = torch.arange(60, dtype=torch.uint8).expand(1, 1, 1, 40, 60)
    places = {int(loader.random_crop(gradient, 24, 0.5, np.random.default_rng(seed)).min()) for seed in range(20)}
    assert len(places) > 8
