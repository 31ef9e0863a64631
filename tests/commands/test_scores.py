"""Which modality a stream of a score file has: by option, else by its file, else by its name."""

from typing import Any

import numpy as np
import pytest

from twostream.commands import _scores
from twostream.logits.logits_file import Logits


def logits(modality: str) -> Logits:
    fields: dict[str, Any] = {
        "logits": np.zeros((1, 1, 2), np.float32),
        "video_id": ("a",),
        "label": np.zeros(1, np.int64),
        "frame_index": np.zeros((1, 1), np.int64),
        "class_name": ("A", "B"),
        "split": ("test",),
        "group": ("g01",),
    }
    return Logits(**fields, modality=modality)


@pytest.mark.parametrize(
    ("stream", "in_file", "options", "expected"),
    [
        ("spatial", "unknown", {}, "rgb"),
        ("rgb", "unknown", {}, "rgb"),
        ("temporal", "unknown", {}, "flow"),
        ("flow", "unknown", {}, "flow"),
        ("motion", "unknown", {}, "unknown"),
        ("motion", "unknown", {"motion": "flow"}, "flow"),
        ("temporal", "rgb_diff", {}, "rgb_diff"),
        ("temporal", "unknown", {"spatial": "rgb"}, "flow"),
    ],
)
def test_an_option_precedes_the_file_and_the_file_the_name(stream, in_file, options, expected):
    assert _scores.with_modality(logits(in_file), stream, options).modality == expected
