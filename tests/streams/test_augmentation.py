import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torchvision.transforms.v2 import functional as transform

from twostream.flow.quantise import dequantise, quantise
from twostream.streams import augmentation, sampling

sizes = st.integers(8, 400)
seeds = st.integers(0, 2**32 - 1)


def drawn(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def jitter(frames: torch.Tensor, strength: float, rng: np.random.Generator) -> torch.Tensor:
    return augmentation.recolour(frames, augmentation.draw_colours(strength, rng))


def moved(dx: float, dy: float, height: int = 48, width: int = 64) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A smooth frame, the frame after, and the flow from one to the other, which is far from the same everywhere."""
    first = cv2.GaussianBlur(drawn(0).uniform(0, 255, (height, width)).astype(np.float32), (0, 0), 3)
    first = cv2.normalize(first, None, 0, 255, cv2.NORM_MINMAX)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    field = np.stack([dx + x / width, dy - y / height])
    # Where flow sends a pixel of the first frame, the second has it: for so even a flow, the way back is near enough.
    second = cv2.remap(first, x - field[0], y - field[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return first, second, field


def warp_error(first: np.ndarray, second: np.ndarray, field: np.ndarray) -> float:
    """How far the second frame, fetched from where `field` points, is from the first, away from the border."""
    y, x = np.mgrid[: first.shape[0], : first.shape[1]].astype(np.float32)
    back = cv2.remap(second, x + field[0], y + field[1], cv2.INTER_LINEAR)
    return float(np.abs(back - first)[8:-8, 8:-8].mean())


class TestMirror:
    @settings(max_examples=30)
    @given(st.floats(-4, 4), st.floats(-3, 3))
    def test_a_flipped_flow_warps_the_flipped_frame(self, dx, dy):
        first, second, field = moved(dx, dy)
        stored = torch.from_numpy(quantise(field, 20))
        frames = torch.from_numpy(np.stack([first, second]).round().astype(np.uint8))
        there = dequantise(augmentation.mirror(stored, "flow").numpy(), 20)
        mirrored = augmentation.mirror(frames[:, None], "rgb")[:, 0].numpy().astype(np.float32)
        before = warp_error(first, second, dequantise(stored.numpy(), 20))
        assert warp_error(*mirrored, there) < before + 1
        unsigned = dequantise(stored.flip(-1).numpy(), 20)
        if abs(dx) > 2:
            assert warp_error(*mirrored, unsigned) > 3 * warp_error(*mirrored, there)

    def test_flow_is_negated_in_x_exactly_and_only_there(self):
        field = drawn(0).uniform(-25, 25, (5, 2, 6, 7)).astype(np.float32)
        stored = quantise(field, 20)
        mirrored = augmentation.mirror(torch.from_numpy(stored), "flow").numpy()
        before, after = dequantise(stored, 20)[..., ::-1], dequantise(mirrored, 20)
        assert np.array_equal(after[:, 0], -before[:, 0])
        assert np.array_equal(after[:, 1], before[:, 1])

    def test_a_zero_that_jpeg_brought_is_the_largest_flow_to_the_left(self):
        assert augmentation.mirror(torch.zeros(2, 1, 1, dtype=torch.uint8), "flow")[0, 0, 0] == 255

    def test_rgb_is_mirrored_and_no_more(self):
        frames = torch.arange(2 * 3 * 2 * 4, dtype=torch.uint8).view(2, 3, 2, 4)
        assert torch.equal(augmentation.mirror(frames, "rgb"), frames.flip(-1))


class TestCrops:
    @given(sizes, sizes, st.floats(0.01, 1), seeds)
    def test_a_random_box_is_a_square_inside_the_frame_and_no_smaller(self, height, width, smallest, seed):
        box = augmentation.random_box(height, width, smallest, 1, drawn(seed))
        assert box.height == box.width >= 1
        assert smallest * min(height, width) - 1 <= box.height <= min(height, width)
        assert 0 <= box.top <= height - box.height
        assert 0 <= box.left <= width - box.width

    def test_the_smallest_crop_of_a_small_frame_is_a_pixel(self):
        box = augmentation.random_box(16, 21, 0.01, 0.01, drawn(0))
        assert (box.height, box.width) == (1, 1)

    def test_a_crop_of_224_of_256_is_the_references(self):
        boxes = {augmentation.random_box(256, 341, 0.875, 0.875, drawn(seed)) for seed in range(60)}
        assert {(box.height, box.width) for box in boxes} == {(224, 224)}
        assert len(boxes) > 50

    @given(sizes, sizes, st.sampled_from([5, 13]))
    def test_multiscale_boxes_are_inside_the_frame(self, height, width, positions):
        boxes = augmentation.multiscale_boxes(height, width, positions)
        assert len(boxes) == 10 * positions
        for box in boxes:
            assert 0 <= box.top <= height - box.height
            assert 0 <= box.left <= width - box.width

    def test_multiscale_boxes_are_those_of_the_paper(self):
        """For 340 x 256: sides 256, 224, 192, 168; at most one scale apart; in the corners and the middle."""
        boxes = augmentation.multiscale_boxes(256, 340, 5)
        shapes = {(box.height, box.width) for box in boxes}
        assert shapes == {
            *((side, side) for side in (256, 224, 192, 168)),
            *((256, 224), (224, 256), (224, 192), (192, 224), (192, 168), (168, 192)),
        }
        positions = {(box.top, box.left) for box in boxes if (box.height, box.width) == (224, 224)}
        assert positions == {(0, 0), (0, 116), (32, 0), (32, 116), (16, 58)}

    def test_the_other_places_are_halfway_and_on_the_diagonals(self):
        boxes = augmentation.multiscale_boxes(256, 340, 13)
        positions = {(box.top, box.left) for box in boxes if (box.height, box.width) == (224, 224)}
        corners = {(0, 0), (0, 116), (32, 0), (32, 116), (16, 58)}
        halfway = {(16, 0), (16, 116), (0, 58), (32, 58)}
        assert positions == corners | halfway | {(8, 29), (8, 87), (24, 29), (24, 87)}

    def test_every_multiscale_box_is_drawn(self):
        drawn_boxes = {augmentation.multiscale_box(256, 340, 13, drawn(seed)) for seed in range(2000)}
        assert drawn_boxes == set(augmentation.multiscale_boxes(256, 340, 13))


class TestResize:
    @pytest.mark.parametrize(("side", "size"), [(20, 32), (36, 32), (32, 32)])
    def test_it_is_bilinear(self, side, size):
        """Against torch's; OpenCV rounds once more on the way."""
        frames = torch.from_numpy(drawn(0).integers(0, 256, (2, 3, side, side), np.uint8))
        expected = torch.nn.functional.interpolate(frames.float(), (size, size), mode="bilinear")
        assert (augmentation.resize(frames, size).float() - expected).abs().max() <= 1

    def test_what_shrinks_much_is_averaged(self):
        frames = torch.from_numpy(drawn(0).integers(0, 256, (2, 2, 64, 64), np.uint8))
        expected = torch.nn.functional.avg_pool2d(frames.float(), 2)
        assert (augmentation.resize(frames, 32).float() - expected).abs().max() <= 1

    @pytest.mark.parametrize("size", [72, 75, 80, 88])
    def test_a_side_that_grows_is_as_smooth_as_one_that_shrinks(self, size):
        """Wide frames, squashed: against torchvision's, which averages what shrinks and interpolates what grows."""
        wide = cv2.GaussianBlur(drawn(0).uniform(0, 255, (64, 114)).astype(np.float32), (0, 0), 2)
        frames = torch.from_numpy(cv2.normalize(wide, None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8))[None]
        expected = transform.resize(frames, [size, size], antialias=True)
        assert (augmentation.resize(frames, size).float() - expected.float()).abs().mean() < 1

    def test_a_part_of_a_frame_is_resized_as_its_copy_is(self):
        frames = torch.from_numpy(drawn(0).integers(0, 256, (4, 2, 48, 64), np.uint8))
        part = augmentation.Box(3, 5, 40, 40).crop(frames)
        assert torch.equal(augmentation.resize(part, 32), augmentation.resize(part.clone(), 32))

    @given(st.sampled_from([32, 48, 224]), st.integers(20, 300), st.integers(20, 300))
    @settings(max_examples=20)
    def test_still_flow_stays_still(self, size, height, width):
        still = torch.full((2, height, width), 128, dtype=torch.uint8)
        assert (augmentation.resize(still, size) == 128).all()


class TestColour:
    RGB = torch.from_numpy(drawn(1).integers(40, 200, (2, 3, 3, 16, 16), np.uint8))

    def test_no_strength_changes_nothing(self):
        assert (jitter(self.RGB, 0, drawn(0)).int() - self.RGB.int()).abs().max() <= 1

    def test_all_frames_are_coloured_alike_and_otherwise_the_next_time(self):
        same = self.RGB[:1, :1].expand(2, 3, 3, 16, 16)
        coloured = jitter(same, 0.4, drawn(0))
        assert (coloured == coloured[0, 0]).all()
        assert not torch.equal(coloured, same)
        assert not torch.equal(coloured, jitter(same, 0.4, drawn(1)))

    @given(seeds)
    @settings(max_examples=20)
    def test_what_is_still_stays_still(self, seed):
        frames = torch.from_numpy(drawn(2).integers(0, 256, (2, 3, 3, 16, 16), np.uint8))
        frames[1, 2] //= 8
        frames[..., 5, 7] = torch.tensor([100, 60, 200], dtype=torch.uint8)
        coloured = jitter(frames, 0.4, drawn(seed))[..., 5, 7]
        assert (coloured == coloured[0, 0]).all()

    @given(seeds)
    @settings(max_examples=20)
    def test_one_frame_is_coloured_as_torchvision_does(self, seed):
        rng = drawn(seed)
        brightness, contrast, saturation = rng.uniform(0.6, 1.4, size=3)
        expected = transform.adjust_contrast(transform.adjust_brightness(self.RGB[0, :1], brightness), contrast)
        expected = transform.adjust_hue(transform.adjust_saturation(expected, saturation), rng.uniform(-0.4, 0.4) / 4)
        jittered = jitter(self.RGB[0, :1], 0.4, drawn(seed))
        assert (jittered.int() - expected.int()).abs().max() <= 4

    @given(seeds)
    @settings(max_examples=20)
    def test_grey_keeps_to_grey_and_brightness_to_its_bounds(self, seed):
        grey = torch.full((1, 3, 4, 4), 100, dtype=torch.uint8)
        coloured = jitter(grey, 0.3, drawn(seed))
        assert int(coloured.max()) - int(coloured.min()) <= 1
        assert 69 <= int(coloured.min()) <= 131


class TestViews:
    @pytest.mark.parametrize(("crops", "views"), sorted(sampling.CROPS.items()))
    def test_crops_have_the_number_that_is_set_and_the_networks_size(self, crops, views):
        stack = torch.randint(0, 255, (4, 2, 48, 64), dtype=torch.uint8)
        assert augmentation.test_views(stack, crops, 32, "flow").shape == (views, 4, 2, 32, 32)

    def test_the_whole_frame_is_squashed(self):
        gradient = torch.linspace(0, 255, 64).to(torch.uint8).expand(1, 3, 48, 64)
        row = augmentation.test_views(gradient, "squash", 32, "rgb")[0, 0, 0, 0]
        assert int(row[0]) < 6
        assert int(row[-1]) > 249

    def test_five_are_the_corners_and_the_middle_and_ten_their_mirror_images_too(self):
        stack = torch.randint(0, 255, (1, 3, 256, 340), dtype=torch.uint8)
        five, ten = (augmentation.test_views(stack, crops, 224, "rgb") for crops in ("five", "ten"))
        corners = [
            stack[0, :, top, left]
            for top in (slice(224), slice(-224, None))
            for left in (slice(224), slice(-224, None))
        ]
        for view, corner in zip(five[:4, 0], corners, strict=True):
            assert torch.equal(view, corner)
        assert torch.equal(five[4, 0], stack[0, :, 16:240, 58:282])
        assert torch.equal(ten[:5], five)
        assert torch.equal(ten[5:], five.flip(-1))

    def test_the_centre_is_one_of_the_five(self):
        stack = torch.randint(0, 255, (1, 2, 256, 340), dtype=torch.uint8)
        five, one = (augmentation.test_views(stack, crops, 224, "flow") for crops in ("five", "centre"))
        assert torch.equal(one[0], five[4])
