"""A video is whole or not there, whatever happens to the process that encodes it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from support.videos import moving_dots
from twostream.videos import encode, listing

KILLED_BETWEEN_TWO_FRAMES = """
import os, signal, sys
from pathlib import Path
from support.videos import moving_dots
from twostream.videos import encode

def frames():
    yield from moving_dots(5)
    os.kill(os.getpid(), signal.SIGKILL)

encode.write_video(Path(sys.argv[1]), frames(), "XVID", 25)
"""


def write(path: Path) -> None:
    encode.write_video(path, moving_dots(5), "XVID", 25)


def write_and_be_killed(path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}  # With the tests' own `support`.
    command = [sys.executable, "-c", KILLED_BETWEEN_TWO_FRAMES, str(path)]
    assert subprocess.run(command, env=environment, check=False).returncode == -9


def files(folder: Path) -> list[str]:
    return [file.id for file in listing.scan(folder)]


def test_what_a_killed_process_left_is_removed_by_the_next_one(tmp_path):
    video = tmp_path / "A" / "a.avi"
    write_and_be_killed(video)
    assert not video.exists()
    write(video)
    assert [path.name for path in video.parent.iterdir()] == ["a.avi"]


def test_what_a_killed_process_of_another_machine_left_is_not_taken_for_a_video(tmp_path):
    video = tmp_path / "A" / "a.avi"
    write_and_be_killed(video)
    (part,) = video.parent.iterdir()
    shutil.move(part, part.with_name(part.name.replace(".avi.", ".avi.elsewhere-")))
    write(video)
    assert files(tmp_path) == ["A/a.avi"]
    assert len(list(video.parent.iterdir())) == 2
