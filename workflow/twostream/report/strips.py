"""Films of videos for the report: frames side by side, and the flow at the same frame numbers, as data URIs."""

import base64
from collections.abc import Iterable, Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from twostream.flow import colour
from twostream.flow.parameters import Flow
from twostream.flow.quantise import dequantise
from twostream.report.document import Strip, Strips
from twostream.stacks.reader import StackReader
from twostream.text import counted

Image = NDArray[np.uint8]

FRAMES = 12
"""The frames of a strip, at most."""
SECONDS = 2.0
"""How much of a video a strip is from, at most: its middle."""
UNKNOWN_RATE = 25.0
"""Frames a second of a video whose rate is unknown; its times are not stated then."""
HEIGHT = 96
"""Pixels of a picture on the page."""
MAX_BYTES = 24_000
"""Bytes of the JPEG of a strip, at most; base64 makes a third more of it."""


def all_strips(
    readers: Mapping[str, StackReader], videos: Iterable[str], bound: float, rates: Mapping[str, float]
) -> Strips:
    """Return the strips of each of `videos`; flow is stored up to `bound` pixels a frame.

    `rates` are the videos' frames a second.
    """
    return {video: strips(readers, video, bound, rates.get(video, 0.0)) for video in videos} if readers else {}


def strips(readers: Mapping[str, StackReader], video: str, bound: float, rate: float) -> dict[str, Strip]:
    """Return a strip of `video` of each modality that is stored, all of the same frame numbers; flow is last."""
    shortest = min(reader.length(video) * reader.step(video) for reader in readers.values())
    numbers = frame_numbers(shortest, rate)
    arrays = {
        name: [reader.read(video, number // reader.step(video), 1)[0] for number in numbers]
        for name, reader in readers.items()
    }
    return draw(video, arrays, numbers, shortest, bound, rate)


def draw(
    video: str, arrays: Mapping[str, Sequence[Image]], numbers: Sequence[int], length: int, bound: float, rate: float
) -> dict[str, Strip]:
    """Return the strips of `video` from what is stored of its frames `numbers`, by modality, (C, H, W) each."""
    when = _times(numbers, length, rate)
    seconds = (numbers[-1] - numbers[0] + 1) / (rate or UNKNOWN_RATE)
    by_modality = {}
    for modality, stored in sorted(arrays.items(), key=lambda item: item[0] == "flow"):
        caption = when
        if modality == "flow":
            images, longest = _flow_images([dequantise(field, bound) for field in stored])
            caption = f"flow, full colour at {longest:.2g} pixels a frame"
        else:
            images = [frame.transpose(1, 2, 0) for frame in stored]
        pictures = [_scaled(image) for image in images]
        by_modality[modality] = Strip(
            uri=data_uri(np.concatenate(pictures, axis=1)),
            alt=f"{counted(len(numbers), 'frame')} of {video}: {caption}",
            caption=caption,
            frames=len(numbers),
            width=pictures[0].shape[1],
            height=HEIGHT,
            seconds=round(seconds, 2),
        )
    return by_modality


def frame_numbers(length: int, rate: float) -> list[int]:
    """Return the frames of a strip of a video of `length` frames: of its middle, evenly spread."""
    window = min(length, max(FRAMES, round(SECONDS * (rate or UNKNOWN_RATE))))
    first = (length - window) // 2
    numbers = np.linspace(first, first + window - 1, min(FRAMES, window)).round().astype(int)
    return [int(number) for number in numbers]


def _times(numbers: Sequence[int], length: int, rate: float) -> str:
    """Return which frames `numbers` are and when they are seen; videos are counted from frame 0."""
    frames = f"frames {numbers[0]} to {numbers[-1]} of {length}"
    return f"{frames}, {numbers[0] / rate:.2f} to {numbers[-1] / rate:.2f} s" if rate else frames


def colour_key(size: int = 64) -> str:
    """Return the colour of each direction of flow, as a picture in a data URI."""
    return data_uri(colour.colour_key(size))


def data_uri(image: Image) -> str:
    """Return an RGB image (H, W, 3) as JPEG in a data URI, as good as fits in `MAX_BYTES`."""
    for quality in (88, 75, 60, 40, 20):
        encoded = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
        if len(encoded) <= MAX_BYTES:
            break
    return f"data:image/jpeg;base64,{base64.b64encode(encoded).decode()}"


def _flow_images(fields: list[Flow]) -> tuple[list[Image], float]:
    """Return the fields as colours and the length of full colour: 99 % of all vectors are no longer."""
    longest = float(np.percentile([np.hypot(*field) for field in fields], 99)) or 1.0
    return [colour.colours(field, longest) for field in fields], longest


def _scaled(image: Image) -> Image:
    width = max(1, round(image.shape[1] * HEIGHT / image.shape[0]))
    smooth = cv2.INTER_AREA if image.shape[0] > HEIGHT else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(np.ascontiguousarray(image), (width, HEIGHT), interpolation=smooth), np.uint8)
