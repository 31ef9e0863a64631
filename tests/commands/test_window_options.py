"""The options of windows: what is said of those that leave frames of a video without an answer."""

import argparse

import pytest

from twostream.commands import _windows


@pytest.mark.parametrize(("step", "is_warned_of"), [("10", True), ("5", False), ("2", False)])
def test_a_step_that_is_longer_than_the_window_is_warned_of(step, is_warned_of, capsys):
    parser = argparse.ArgumentParser()
    _windows.add_arguments(parser)
    _windows.parse(parser.parse_args(["--window", "5", "--step", step]))
    warning = "--step: is longer than --window: what is shown between two windows is answered by none"
    assert (warning in capsys.readouterr().err) == is_warned_of
