"""Files from the future are dated now; all others keep their time."""

import os
import time

from twostream.files import clock


def test_only_files_from_the_future_get_another_time(tmp_path):
    old, new = tmp_path / "old", tmp_path / "new"
    for file, offset in ((old, -600), (new, 600)):
        file.touch()
        os.utime(file, (time.time() + offset,) * 2)
    before = old.stat().st_mtime
    reference = tmp_path / "reference"
    reference.touch()
    clock.date_back([old, new, tmp_path / "gone", tmp_path], reference)
    assert old.stat().st_mtime == before
    assert new.stat().st_mtime < time.time() + 60


def test_a_link_to_a_file_of_others_is_left_as_it_is(tmp_path):
    file, link = tmp_path / "file", tmp_path / "link"
    file.touch()
    os.utime(file, (time.time() + 600,) * 2)
    link.symlink_to(file)
    clock.date_back([link], tmp_path / "no reference")
    assert file.stat().st_mtime > time.time() + 300
