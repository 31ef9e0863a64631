"""The trial of fusion: what of the videos it takes along."""

import json

from twostream.config import check
from twostream.forecast import fusion_trial
from twostream.videos.index import Index, Video

LARGEST_ARGUMENT = 1 << 17
"""Bytes of one argument of a process, by Linux."""


def test_the_list_of_videos_fits_an_argument_however_long_the_names_of_their_groups_are():
    videos = tuple(video(number) for number in range(2 * fusion_trial.MOST))
    settings = check.check({})
    request = {"fusion": settings["fusion"], "samples": [1, 1]}
    part = fusion_trial.sample(Index(("a", "b"), videos, ()), settings["validation"], request, 1e9)
    assert len(part.rows) > fusion_trial.MOST / 2
    assert len(json.dumps(part.rows)) < LARGEST_ARGUMENT
    number_of = {row[1] for row in part.rows}
    assert len(number_of) > fusion_trial.MOST / 4, "groups stay apart"


def video(number: int) -> Video:
    return Video(
        id=f"{'ab'[number % 2]}/{number}.avi",
        label=number % 2,
        subset="test" if number % 4 < 2 else "train",
        group=f"recording of a very long name, as cameras and people give it, number {number // 2}",
        frames=30,
        width=64,
        height=48,
        fps=25.0,
        digest=f"{number:016x}",
    )
