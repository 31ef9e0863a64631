"""Pictures of videos for the report: a few frames and the flow at the same frame numbers, as data URIs."""

import base64
from collections.abc import Iterable, Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from twostream.flow import colour
from twostream.flow.parameters import Flow
from twostream.flow.quantise import dequantise
from twostream.report.document import Strip, Strips
from twostream.stacks.reader import StackReader

Image = NDArray[np.uint8]

FRAMES = 5
"""Of a strip, at most."""
HEIGHT = 112
"""Pixels of a picture on the page."""
MAX_BYTES = 45_000
"""Of a strip; base64 makes a third more of it."""


def all_strips(readers: Mapping[str, StackReader], videos: Iterable[str], bound: float) -> Strips:
    """Return the strips of each of `videos`; flow is stored up to `bound` pixels a frame."""
    return {video: strips(readers, video, bound) for video in videos} if readers else {}


def strips(readers: Mapping[str, StackReader], video: str, bound: float) -> dict[str, Strip]:
    """Return a strip of `video` for each modality that there is a reader for, all of the same frame numbers."""
    shortest = min(reader.length(video) for reader in readers.values())
    numbers = np.linspace(0, shortest - 1, min(FRAMES, shortest)).round().astype(int)
    by_modality = {}
    for modality, reader in readers.items():
        arrays = [reader.read(video, int(number), 1)[0] for number in numbers]
        alt = f"{len(numbers)} frames of {video}"
        if modality == "flow":
            images, longest = _flow_images([dequantise(field, bound) for field in arrays])
            alt = f"Flow at {alt}, full colour at {longest:.2g} pixels a frame"
        else:
            images = [frame.transpose(1, 2, 0) for frame in arrays]
        by_modality[modality] = Strip(data_uri(np.concatenate([_scaled(image) for image in images], axis=1)), alt)
    return by_modality


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
