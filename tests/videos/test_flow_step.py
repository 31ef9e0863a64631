"""How many flow fields a video has, against the frames that are taken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twostream.videos import flow_step


@given(frames=st.integers(2, 300), step=st.integers(1, 400))
def test_a_field_lies_between_each_two_frames_that_are_taken(frames, step):
    taken = range(0, frames, flow_step.within(frames, step))
    assert flow_step.fields(frames, step) == len(taken) - 1 >= 1


@pytest.mark.parametrize(("frames", "step", "fields"), [(10, 1, 9), (10, 4, 2), (3, 4, 1)])
def test_a_short_video_has_the_field_from_its_first_frame_to_its_last(frames, step, fields):
    assert flow_step.fields(frames, step) == fields
