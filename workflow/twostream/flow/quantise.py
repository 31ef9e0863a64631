"""Flow as eight bits a component, in which zero motion is kept exactly."""

import numpy as np
from numpy.typing import NDArray

from twostream.flow.parameters import Flow

Stored = NDArray[np.uint8]
"""Quantised flow (..., 2, height, width)."""


def quantise(flow: Flow, bound: float) -> Stored:
    """Return round(clip(flow, -bound, bound) * 127 / bound) + 128: zero is 128, the ends are 1 and 255."""
    stored: Stored = (np.rint(np.clip(flow, -bound, bound) * (127 / bound)) + 128).astype(np.uint8)
    return stored


def dequantise(stored: Stored, bound: float) -> Flow:
    """Return pixels a frame again, within bound / 254 of what was quantised; 128 comes back as exactly 0."""
    return (stored.astype(np.float32) - 128) * np.float32(bound / 127)
