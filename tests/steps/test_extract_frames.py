"""The frames of a video of an hour are probed and stored in as much memory as those of one of ten seconds."""

import subprocess
import sys
from pathlib import Path

import pytest

from support import encoded

HOUR = 3600
MEGABYTES = 24
"""What the longer video may take more. Its frames, all of them, take 207 MB."""

MEASURE = """
import resource, sys
from pathlib import Path
import h5py
from twostream.steps.extract_frames import write_frames
from twostream.videos import probe
from twostream.videos.index import Video

SETTINGS = {"short_side": None, "deinterlace": False, "codec": "jpeg", "quality": 95}
for name in sys.argv[1:]:
    seen = probe.probe(Path(name))
    video = Video(id=name, label=0, group="", subset="train", digest=seen.digest, frames=seen.frames,
                  width=seen.width, height=seen.height, fps=seen.fps)
    with h5py.File(f"{name}.h5", "w") as file:
        write_frames(Path(), SETTINGS, video, file)
        stored = len(file["offset"]) - 1
    print(seen.frames, stored, round(seen.fps, 2), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.fixture(scope="module")
def videos(tmp_path_factory) -> list[Path]:
    """Two videos of a frame a second, one of ten seconds and one of an hour."""
    folder, pictures = tmp_path_factory.mktemp("long"), list(encoded.pictures(10, 160, 120))
    lengths = {"seconds.mp4": 10, "hour.mp4": HOUR}
    return [
        encoded.write(folder / name, pictures * (length // 10), "libx264", rate=1, options={"preset": "ultrafast"})
        for name, length in lengths.items()
    ]


def test_an_hour_takes_no_more_memory_than_ten_seconds(videos):
    command = [sys.executable, "-c", MEASURE, *map(str, videos)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    short, long = (line.split() for line in done.stdout.splitlines())
    assert short[:3] == ["10", "10", "1.0"]
    assert long[:3] == [str(HOUR), str(HOUR), "1.0"]
    assert int(long[3]) - int(short[3]) < MEGABYTES * 1024
