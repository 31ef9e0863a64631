"""An index of which not every video was decoded."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from twostream.forecast import sizing
from twostream.videos import demo, ledger, probe
from twostream.videos.formats.form import Form


@dataclass
class Planned:
    """What of a plan is needed for a ledger."""

    folder: Path
    root: Path
    ledger: Path
    form: Form
    settings: dict


@pytest.fixture
def planned(tree, tmp_path) -> Planned:
    folder = tree(frames=40)
    return Planned(folder, tmp_path / "cache", tmp_path / "ledger.json", Form(), {"dataset": {"split": 1}})


def frames(planned) -> dict[str, int]:
    return {id: entry.probe.frames for id, entry in ledger.read(planned.ledger).items()}


def test_with_time_for_all_each_is_decoded(planned):
    assert sizing.fill_ledger(planned, {}, 60.0) == (12, 12)
    assert set(frames(planned).values()) == {41, 42}


def test_without_time_one_is_decoded_and_the_others_are_reckoned_by_their_size(planned):
    assert sizing.fill_ledger(planned, {}, 0.0) == (1, 12)
    entries = ledger.read(planned.ledger)
    (first,) = [id for id in entries if entries[id].probe == probe.probe(planned.folder / id)]
    rate = entries[first].size / entries[first].probe.frames
    assert {id: round(entry.size / rate) for id, entry in entries.items()} == frames(planned)
    assert len({entry.probe.digest for entry in entries.values()}) == 12


def test_what_an_earlier_ledger_knows_is_not_decoded(planned, monkeypatch):
    sizing.fill_ledger(planned, {}, 60.0)
    known = ledger.read(planned.ledger)
    monkeypatch.setattr(probe, "probe", lambda path: pytest.fail(f"{path} is decoded again"))
    assert sizing.fill_ledger(planned, known, 0.0) == (12, 12)


def test_the_demo_is_known_before_it_is_rendered(tmp_path):
    settings = demo.Settings(seed=3, width=64, height=48, frames=12, train_groups=1, test_groups=1, clips_per_group=1)
    ids = demo.render(settings, tmp_path, 2)
    index = sizing.of_demo(settings)
    assert sorted(video.id for video in index.videos) == ids
    assert [video.frames for video in index.videos[:3]] == [
        probe.probe(tmp_path / "videos" / video.id).frames for video in index.videos[:3]
    ]
    tested = (tmp_path / "splits/testlist01.txt").read_text().split()
    assert sorted(video.id for video in index.subset("test")) == sorted(tested)
