"""Draw the pictures of docs/loading.md from the demo's own videos: python docs/pictures.py."""

from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import PIL.Image
import torch
from numpy.typing import NDArray

from twostream.config import check
from twostream.flow import opencv
from twostream.flow.compute import compute
from twostream.flow.parameters import TVL1
from twostream.flow.quantise import dequantise, quantise
from twostream.streams import augmentation
from twostream.videos import demo
from twostream.videos.image import rgb_planes

Image = NDArray[np.uint8]

FOLDER = Path(__file__).parent / "pictures"
WIDTH, HEIGHT, SIZE, BOUND = 212, 160, 140, 5
COLOURS = [(255, 255, 255), (90, 240, 255), (255, 210, 90), (120, 255, 120)]
ARROW = (40, 40, 220)


def main() -> None:
    """Draw all pictures into the folder `pictures`."""
    frame, field = demo_frame()
    save("multiscale", multiscale(frame))
    save("mirror", mirror(frame, field))
    save("colour_jitter", colour_jitter(frame))
    save("test_crops", test_crops(frame))


def demo_frame() -> tuple[torch.Tensor, torch.Tensor]:
    """Return a frame of the demo (3, H, W), RGB, and the quantised flow (2, H, W) from it to the next."""
    clip = demo.Clip("BrickSlide", 1, 1)
    settings = demo.Settings(
        seed=0, width=WIDTH, height=HEIGHT, frames=12, train_groups=1, test_groups=1, clips_per_group=1
    )
    pair = list(islice(demo.clip_frames(settings, clip), 3, 5))
    (field,) = compute(iter(pair), TVL1.from_settings(check.check({})["flow"]["tvl1"]), opencv.solve)
    rgb = np.ascontiguousarray(rgb_planes(pair[0]))
    return torch.from_numpy(rgb), torch.from_numpy(quantise(field, BOUND))


def multiscale(frame: torch.Tensor) -> Image:
    """Draw the shapes in the upper left corner, the 13 positions of one shape, and four crops at the network's size."""
    boxes = augmentation.multiscale_boxes(HEIGHT, WIDTH, 13)
    shapes, positions = bgr(frame), bgr(frame)
    for number, box in enumerate(boxes[::13]):
        outline(shapes, box, COLOURS[number % 4])
    for number, box in enumerate(boxes[-13:]):
        centre = (box.left + box.width // 2, box.top + box.height // 2)
        cv2.circle(positions, centre, 4, COLOURS[0] if number in (0, 2, 6, 10, 12) else COLOURS[1], -1, cv2.LINE_AA)
    outline(positions, boxes[-7], COLOURS[0])
    drawn = [augmentation.multiscale_box(HEIGHT, WIDTH, 13, np.random.default_rng(seed)) for seed in range(4)]
    return beside([shapes, positions, *(bgr(augmentation.resize(box.crop(frame), SIZE)) for box in drawn)])


def mirror(frame: torch.Tensor, field: torch.Tensor) -> Image:
    """Draw a frame and its flow, and both mirrored."""
    mirrored = augmentation.mirror(frame, "rgb"), augmentation.mirror(field, "flow")
    return beside([bgr(frame), arrows(frame, field), bgr(mirrored[0]), arrows(*mirrored)])


def colour_jitter(frame: torch.Tensor) -> Image:
    """Draw the frame as it is, and four times with colour jitter of strength 0.4."""
    colours = [augmentation.draw_colours(0.4, np.random.default_rng(seed)) for seed in range(4)]
    jittered = [augmentation.recolour(frame, each) for each in colours]
    return beside([bgr(picture) for picture in (frame, *jittered)])


def test_crops(frame: torch.Tensor) -> Image:
    """Draw the whole frame squashed; then the five crops, the centre last; below, their mirror images."""
    whole, ten = (augmentation.test_views(frame[None], crops, SIZE, "rgb")[:, 0] for crops in ("squash", "ten"))
    blank = np.full((SIZE, SIZE, 3), 255, np.uint8)
    rows = [[bgr(whole[0]), *map(bgr, ten[:5])], [blank, *map(bgr, ten[5:])]]
    return np.concatenate([beside(row) for row in rows])


def bgr(frame: torch.Tensor) -> Image:
    """Return a frame (3, H, W), RGB, as OpenCV draws on it: (H, W, 3), BGR."""
    return np.ascontiguousarray(frame.numpy()[::-1].transpose(1, 2, 0))


def outline(picture: Image, box: augmentation.Box, colour: tuple[int, int, int]) -> None:
    """Draw the edges of `box` on `picture`."""
    corner = (box.left + box.width - 1, box.top + box.height - 1)
    cv2.rectangle(picture, (box.left, box.top), corner, colour, 2, cv2.LINE_AA)


def arrows(frame: torch.Tensor, field: torch.Tensor) -> Image:
    """Draw the frame in grey, and its flow as arrows, ten times as long."""
    picture = cv2.cvtColor(cv2.cvtColor(bgr(frame), cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR) // 2 + 110
    motion = 10 * dequantise(field.numpy(), BOUND)
    for y in range(8, HEIGHT, 16):
        for x in range(8, WIDTH, 16):
            dx, dy = motion[:, y, x]
            if np.hypot(dx, dy) > 4:
                cv2.arrowedLine(picture, (x, y), (round(x + dx), round(y + dy)), ARROW, 2, cv2.LINE_AA, tipLength=0.3)
    return picture


def beside(pictures: list[Image]) -> Image:
    """Put pictures in one row, as high as the highest, on white."""
    height = max(len(picture) for picture in pictures) + 6
    framed = [
        cv2.copyMakeBorder(p, 3, height - len(p) - 3, 3, 3, cv2.BORDER_CONSTANT, value=(255,) * 3) for p in pictures
    ]
    return np.concatenate(framed, axis=1)


def save(name: str, picture: Image) -> None:
    """Write a PNG of 128 colours, which is small."""
    FOLDER.mkdir(exist_ok=True)
    rgb = PIL.Image.fromarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))
    rgb.quantize(128, dither=PIL.Image.Dither.NONE).save(FOLDER / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
