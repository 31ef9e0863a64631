import numpy as np
import pytest

from twostream.flow.quantise import quantise
from twostream.report import inspection, quality

BOUND = 20


class Stored:
    """Stands for a stored video, and for its frames."""

    def __init__(self, array: np.ndarray) -> None:
        self.array, self.shape, self.frames = array, array.shape[1:], self

    def __len__(self) -> int:
        return len(self.array)

    def read_into(self, start: int, out: np.ndarray) -> None:
        out[:] = self.array[start : start + len(out)]


class Reader:
    """Stands for the stacks of a modality, by the name of a video."""

    def __init__(self, videos: dict[str, np.ndarray]) -> None:
        self.videos = videos

    def open(self, video: str) -> Stored:
        return Stored(self.videos[video])


def flow(x: float, fast_columns: int = 0) -> np.ndarray:
    """Return stored flow of nine fields that go right by `x` pixels, and by far too many in some columns."""
    fields = np.zeros((9, 2, 10, 20), np.float32)
    fields[:, 0] = x
    fields[..., 0, :, :fast_columns] = -3 * BOUND
    return quantise(fields, BOUND)


def frames(*levels: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 30, (3, 16, 16))
    return np.stack([np.clip(picture + level, 0, 255) for level in levels]).astype(np.uint8)


def verdicts(measured: quality.Quality) -> dict[str, str]:
    return {row["name"]: row["verdict"] for row in quality.checks(measured)}


def test_the_share_of_clipped_vectors_is_that_of_the_video():
    reader = Reader({"calm": flow(1.5), "wild": flow(1.5, fast_columns=5)})
    measured = inspection.measure({"flow": reader}, ["calm", "wild"], BOUND)
    assert {row.id: row.clipped for row in measured.videos} == {"calm": 0, "wild": 0.25}
    assert [row.id for row in quality.worst_first(measured)] == ["wild", "calm"]
    (clipped, _) = quality.checks(measured)
    assert (clipped["verdict"], clipped["worst"]) == ("fail", ["wild: 25 %"])


@pytest.mark.parametrize(("columns", "expected"), [(0, "pass"), (1, "warn"), (9, "fail")])
def test_clipping_passes_warns_or_fails_by_its_amount(columns, expected):
    videos = {f"v{number}": flow(1.0) for number in range(20)} | {"one": flow(1.0, fast_columns=columns)}
    measured = inspection.measure({"flow": Reader(videos)}, list(videos), BOUND)
    assert verdicts(measured)["Flow stays within its bound"] == expected


def test_the_histogram_has_the_share_of_each_length():
    videos = {"slow": flow(0.0), "fast": flow(6.0)}
    measured = inspection.measure({"flow": Reader(videos)}, list(videos), BOUND)
    by_bin = dict(zip(quality.EDGES, measured.histogram, strict=True))
    assert (by_bin[0.0], by_bin[4.0]) == (0.5, 0.5)
    assert sum(measured.histogram) == pytest.approx(1)


def test_flow_that_is_zero_everywhere_is_named():
    measured = inspection.measure({"flow": Reader({"dead": flow(0), "alive": flow(1)})}, ["alive", "dead"], BOUND)
    (_, still) = quality.checks(measured)
    assert (still["verdict"], still["worst"]) == ("warn", ["dead: 100 %"])


def test_black_and_frozen_frames_are_told_from_dark_and_slow_ones():
    videos = {
        "black": frames(0, 0, 2, 0, 0),
        "frozen": frames(*[90] * 5),
        "dark": frames(*[0, 60] * 4),
        "slow": frames(*range(90, 98)),
    }
    measured = inspection.measure({"rgb": Reader(videos)}, list(videos), BOUND)
    by_id = {row.id: row for row in measured.videos}
    assert (by_id["black"].black, by_id["frozen"].frozen) == (1, 1)
    assert by_id["slow"].frozen == by_id["slow"].black == by_id["frozen"].black == 0
    assert by_id["dark"].frozen == 0
    assert by_id["black"].clipped is None
    assert verdicts(measured) == {"No video is black": "warn", "No video is frozen": "warn"}


def test_a_video_of_one_frame_and_no_videos_at_all_are_measured():
    assert inspection.measure({"rgb": Reader({"v": frames(90)})}, ["v"], BOUND).videos[0].frozen == 0
    assert quality.checks(inspection.measure({}, ["v"], BOUND)) == []


def test_a_large_data_set_is_sampled_evenly():
    names = [f"v{number}" for number in range(1000)]
    reader = Reader(dict.fromkeys(names, flow(1.0)))
    measured = inspection.measure({"flow": reader}, names, BOUND)
    chosen = [names.index(row.id) for row in measured.videos]
    assert len(chosen) == inspection.VIDEOS
    assert (chosen[0], chosen[-1]) == (0, 999)
    assert np.ptp(np.diff(chosen)) <= 1
    assert f"{inspection.VIDEOS} of 1000 videos" in quality.checks(measured)[0]["reason"]
