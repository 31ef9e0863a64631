"""Flow as pictures: the colours against torchvision's, and what `twostream flow-preview` writes."""

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from torchvision.utils import flow_to_image

from support.videos import encode, moving_dots
from twostream import cli
from twostream.errors import InputError
from twostream.flow import colour


@given(arrays(np.float32, (2, 5, 6), elements=st.floats(-30, 30, width=32)))
def test_colours_are_those_of_torchvision(field):
    longest = float(np.hypot(*field).max())
    if longest < 0.01:
        return
    theirs = flow_to_image(torch.from_numpy(field)).numpy().transpose(1, 2, 0)
    ours = colour.colours(field, longest)
    difference = np.abs(ours.astype(int) - theirs)
    # torchvision lets a colour a trifle below 0 become 255.
    assert np.minimum(difference, 256 - difference).max() <= 1


def test_no_motion_is_white_and_longer_flow_is_drawn_as_the_longest():
    field = np.zeros((2, 1, 3), np.float32)
    field[0, 0] = 0, 5, 50
    rest, longest, longer = colour.colours(field, 5)[0]
    assert (rest == 255).all()
    assert (longest == longer).all()


def test_the_key_reads_like_a_compass():
    disk = colour.colour_key(41)
    right = colour.colours(np.array([[[1.0]], [[0.0]]], np.float32), 1)[0, 0]
    assert np.abs(disk[20, 40].astype(int) - right).max() < 20
    assert (disk[0, 0] == 255).all()


@pytest.fixture
def dots(tmp_path):
    return encode(tmp_path / "dots.avi", moving_dots(7, step=2))


def test_a_picture_shows_frame_colour_and_both_components(dots, tmp_path, capsys):
    cli.call(["flow-preview", str(dots), "--out", str(tmp_path / "a.png"), "--pairs", "3"])
    assert capsys.readouterr().out == f"{tmp_path}/a.png\n"
    picture = cv2.imread(str(tmp_path / "a.png"))
    panels = np.array_split(picture[26:], 4, axis=1)
    assert picture.shape[0] == 26 + 3 * (256 + 8)
    assert len({panel.shape for panel in panels}) == 1
    x_middle, y_middle = (np.median(panel[40:200, 40:300]) for panel in panels[2:])
    assert x_middle > 150  # Some 10 of 20 pixels to the right: the clip is shown five times as large.
    assert y_middle == pytest.approx(128, abs=2)


def test_a_video_shows_every_pair(dots, tmp_path):
    cli.call(["flow-preview", str(dots), "--out", str(tmp_path / "a.mp4"), "--backend", "fused"])
    capture = cv2.VideoCapture(str(tmp_path / "a.mp4"))
    assert sum(1 for _ in iter(capture.grab, False)) == 6
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mp4", "dots.avi"]


def test_the_configuration_says_which_flow_is_shown_unless_the_command_line_does(dots, tmp_path):
    (tmp_path / "dis.yaml").write_text("flow: {backend: dis}")
    configured = ["--configfile", str(tmp_path / "dis.yaml")]
    pictures = {}
    for name, options in {"a": configured, "b": ["--backend", "dis"], "c": [*configured, "--backend", "fused"]}.items():
        cli.call(["flow-preview", str(dots), "--out", str(tmp_path / f"{name}.png"), *options])
        pictures[name] = (tmp_path / f"{name}.png").read_bytes()
    assert pictures["a"] == pictures["b"] != pictures["c"]


@pytest.mark.parametrize(("video", "out", "words"), [("x.avi", "a.png", "does not exist"), ("x.avi", "a.gif", ".mp4")])
def test_wrong_arguments_are_refused(tmp_path, video, out, words):
    with pytest.raises(InputError, match=words):
        cli.call(["flow-preview", str(tmp_path / video), "--out", str(tmp_path / out)])
