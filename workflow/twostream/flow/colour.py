"""Flow as colour: the direction is the hue, the length how far it is from white.

Source: the colour wheel of the Middlebury flow benchmark (Baker et al., "A Database and Evaluation Methodology
for Optical Flow", 2007).
"""

import numpy as np
from numpy.typing import NDArray

from twostream.flow.parameters import Flow

Colours = NDArray[np.uint8]

SEGMENTS = ((15, 0, 1), (6, 1, 0), (4, 1, 2), (11, 2, 1), (13, 2, 0), (6, 0, 2))
"""Segments of the wheel, from red on: their steps, the channel that is full, and the one that rises or falls."""


def colours(flow: Flow, longest: float) -> Colours:
    """Return the colours (height, width, 3), RGB, of `flow` (2, height, width).

    White is no motion, a full colour is a motion of `longest` pixels or more.
    """
    wheel = _wheel()
    x, y = flow.astype(np.float64) / longest
    position = (np.arctan2(-y, -x) / np.pi + 1) / 2 * (len(wheel) - 1)
    before = position.astype(int)
    weight = (position - before)[..., None]
    hue = wheel[before] * (1 - weight) + wheel[(before + 1) % len(wheel)] * weight
    length = np.hypot(x, y).clip(max=1)[..., None]
    rgb: Colours = (255 * (1 - length * (1 - hue))).astype(np.uint8)
    return rgb


def colour_key(size: int) -> Colours:
    """Draw a disk (size, size, 3) of all directions and lengths, to be read like a compass."""
    y, x = _square(size)
    return np.where(disk(size), colours(np.stack([x, y]).astype(np.float32), 1), np.uint8(255))


def disk(size: int) -> NDArray[np.bool_]:
    """Return where in the square of `colour_key` the disk is, (size, size, 1)."""
    inside: NDArray[np.bool_] = np.hypot(*_square(size)) <= 1
    return inside[..., None]


def _square(size: int) -> NDArray[np.float64]:
    """Return y and x of the pixels of a square, from -1 to 1, (2, size, size)."""
    return (np.mgrid[:size, :size] + 0.5) / (size / 2) - 1


def _wheel() -> NDArray[np.float64]:
    """Return the hues (55, 3), 0 to 1."""
    hues = []
    for number, (steps, full, other) in enumerate(SEGMENTS):
        ramp = np.floor(255 * np.arange(steps) / steps) / 255
        hue = np.zeros((steps, 3))
        hue[:, full] = 1
        hue[:, other] = ramp if number % 2 == 0 else 1 - ramp
        hues.append(hue)
    return np.concatenate(hues)
