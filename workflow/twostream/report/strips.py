"""Pictures of videos for the report: a few frames and the flow at the same places, as data URIs."""

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from twostream.flow import colour
from twostream.flow.parameters import Flow
from twostream.flow.quantise import dequantise
from twostream.stacks.reader import StackReader

Image = NDArray[np.uint8]

FRAMES = 5
HEIGHT = 112
"""Pixels of a picture on the page."""
MOST_BYTES = 45_000
"""Of a strip; base64 makes a third more of it."""


@dataclass(frozen=True)
class Strip:
    """Frames of a video side by side, as a data URI, and what an image's description says."""

    uri: str
    alt: str


def take(readers: Mapping[str, StackReader], videos: Iterable[str], bound: float) -> dict[str, dict[str, Strip]]:
    """The strips of each of `videos`, by modality; flow is stored with `bound` pixels a frame."""
    return {video: strips(readers, video, bound) for video in videos} if readers else {}


def strips(readers: Mapping[str, StackReader], video: str, bound: float) -> dict[str, Strip]:
    """A strip of `video` for each modality that there is a reader for, all at the same places."""
    shortest = min(reader.length(video) for reader in readers.values())
    places = np.linspace(0, shortest - 1, min(FRAMES, shortest)).round().astype(int)
    made = {}
    for modality, reader in readers.items():
        seen = [reader.read(video, int(place), 1)[0] for place in places]
        told = f"{len(places)} frames of {video}"
        if modality == "flow":
            images, longest = _painted([dequantise(field, bound) for field in seen])
            told = f"Flow at {told}, full colour at {longest:.2g} pixels a frame"
        else:
            images = [frame.transpose(1, 2, 0) for frame in seen]
        made[modality] = Strip(data_uri(np.concatenate([_scaled(image) for image in images], axis=1)), told)
    return made


def colour_key(size: int = 64) -> str:
    """The colours of all directions, as a data URI: what points to where from the middle."""
    return data_uri(colour.key(size))


def data_uri(image: Image) -> str:
    """An RGB image (H, W, 3) as JPEG in a data URI, as good as fits in `MOST_BYTES`."""
    for quality in (88, 75, 60, 40, 20):
        encoded = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
        if len(encoded) <= MOST_BYTES:
            break
    return f"data:image/jpeg;base64,{base64.b64encode(encoded).decode()}"


def _painted(fields: list[Flow]) -> tuple[list[Image], float]:
    """The fields as colour, on one scale: that of all but their fastest hundredth."""
    longest = float(np.percentile([np.hypot(*field) for field in fields], 99)) or 1.0
    return [colour.colours(field, longest) for field in fields], longest


def _scaled(image: Image) -> Image:
    width = max(1, round(image.shape[1] * HEIGHT / image.shape[0]))
    smooth = cv2.INTER_AREA if image.shape[0] > HEIGHT else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(np.ascontiguousarray(image), (width, HEIGHT), interpolation=smooth), np.uint8)
