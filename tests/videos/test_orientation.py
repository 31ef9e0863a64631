"""Frames are turned and mirrored as their display matrix says; all eight ways, and those that ffmpeg knows besides."""

import numpy as np
import pytest

from support import encoded
from twostream.videos import decode, orientation, probe

WAYS = {
    "as it is": (1, 0, 0, 1, lambda picture: picture),
    "mirrored": (-1, 0, 0, 1, lambda picture: picture[:, ::-1]),
    "upside down, mirrored": (1, 0, 0, -1, lambda picture: picture[::-1]),
    "half a turn": (-1, 0, 0, -1, lambda picture: picture[::-1, ::-1]),
    "a quarter clockwise": (0, 1, -1, 0, lambda picture: np.rot90(picture, -1)),
    "a quarter anticlockwise": (0, -1, 1, 0, lambda picture: np.rot90(picture)),
    "transposed": (0, 1, 1, 0, lambda picture: picture.transpose(1, 0, 2)),
    "transposed the other way": (0, -1, -1, 0, lambda picture: picture[::-1, ::-1].transpose(1, 0, 2)),
}
"""The matrix a, b, c, d: a point (x, y) is shown at (a x + c y, b x + d y). And the same done to an array."""


@pytest.mark.parametrize("way", WAYS)
def test_pictures_are_shown_as_the_matrix_says(tmp_path, way):
    *matrix, shown = WAYS[way]
    path = encoded.write(tmp_path / "a.mov", encoded.pictures(3), "mjpeg", "yuvj444p", options={"qscale": "2"})
    plain = list(decode.decode(path, None))
    encoded.turn(path, (*matrix, 0, 0))
    frames = list(decode.decode(path, None))
    assert np.array_equal(frames, [shown(picture) for picture in plain])
    assert frames[0].shape[1::-1] == (probe.probe(path).width, probe.probe(path).height)


def test_another_angle_is_turned_by_it_and_no_matrix_turns_nothing():
    root = round(0.5**0.5 * 0x10000)
    assert orientation.filters([root, root, 0, -root, root, 0, 0, 0, 1 << 30]) == (("rotate", "45.000000*PI/180"),)
    assert orientation.filters([0] * 9) == ()
