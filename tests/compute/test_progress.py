"""Progress where there is no terminal, as in a job: whole lines now and then, which say what is left."""

import pytest

from twostream.compute import progress, workers


@pytest.fixture
def clock(monkeypatch):
    """Return a list whose only number is the time."""
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def test_a_line_comes_after_ten_seconds_and_says_what_is_left(clock, capsys):
    shown = progress.show(range(12), "stored", "video")
    for _ in shown:
        clock[0] += 4
        shown.set_postfix_str("loss 0.5")
    # Taken at 4, 8, 12 ... seconds: after 12 s, three of twelve are done, and nine take three times as long.
    first, *_, last = capsys.readouterr().err.splitlines()
    assert first == "twostream: stored: 3 of 12 videos, loss 0.5, about 35 s left"
    assert last == "twostream: stored: 9 of 12 videos, loss 0.5, about 10 s left"


def test_a_day_has_less_than_a_hundred_lines_and_nothing_overwritten(clock, capsys):
    for _ in progress.show(range(86_400), "epoch 1 of 2", "step"):
        clock[0] += 1
    written = capsys.readouterr().err
    assert 50 < written.count("\n") < 100
    assert "\r" not in written
    assert "about 24 h 00 min left" in written


def test_what_is_short_or_disabled_says_nothing(clock, capsys):
    list(progress.show(range(3), "joined", "shard"))
    for _ in progress.show(range(99), "epoch", "step", disable=True):
        clock[0] += 60
    assert capsys.readouterr().err == ""


def test_videos_are_counted_as_they_are_done(clock, capsys):
    def work(item: int) -> int:
        clock[0] += 11
        return item * item

    assert workers.map_videos(work, range(3), "read", 1) == [0, 1, 4]
    assert "twostream: read: 1 of 3 videos, about 20 s left" in capsys.readouterr().err
