"""What work took is remembered in the cache by what its time depends on, and a damaged record costs nothing."""

from pathlib import Path

import pytest

from twostream.cache import rates
from twostream.cache.rates import Measurement, Rate


@pytest.fixture
def output(tmp_path) -> Path:
    path = tmp_path / "compute_flow" / "0123456789ab" / "0000-0123456789ab.h5"
    path.parent.mkdir(parents=True)
    path.write_bytes(bytes(600))
    return path


class BusyMachine:
    """The clock of a job of two threads that would take ten seconds on an idle machine."""

    seconds = 70.0

    def core_seconds(self, threads: int, together: bool) -> float:
        return {(1, False): 14.0, (2, False): 20.0, (2, True): 18.0}[threads, together]


def test_a_job_leaves_core_seconds_a_unit_as_on_an_idle_machine_and_bytes_a_stored_unit(output, tmp_path, monkeypatch):
    monkeypatch.setattr(rates, "Clock", BusyMachine)
    name = rates.basis("compute_flow", {"side": 64})
    Measurement().note(output, name, units=50, stored=300, threads=2)
    known = rates.read(tmp_path, name)
    assert (known.seconds, known.bytes) == (20 / 50, 2)
    assert known.start > 0
    assert rates.read(tmp_path, rates.basis("compute_flow", {"side": 32})) is None
    Measurement().note(output, name, units=50, stored=300, threads=2, part=0.5, together=True)
    assert rates.read(tmp_path, name).seconds == 0.5 * 18 / 50


@pytest.mark.parametrize("units", [0, 1])
def test_what_did_nothing_or_lies_in_no_cache_leaves_nothing(units, output, tmp_path):
    name = rates.basis("compute_flow" if units == 0 else "extract_frames", {})
    Measurement().note(output, name, units=units, stored=1, threads=1)
    assert not (tmp_path / rates.FOLDER).exists()


@pytest.mark.parametrize("content", ["", "{}", '{"seconds": -1, "bytes": 0, "start": 0}', '{"seconds": "x"}'])
def test_a_damaged_rate_is_none(content, tmp_path, capsys):
    rates.path(tmp_path, "a").parent.mkdir()
    rates.path(tmp_path, "a").write_text(content)
    assert rates.read(tmp_path, "a") is None
    assert "what it took is measured again" in capsys.readouterr().err


def test_a_cache_that_may_not_be_written_to_forgets(tmp_path):
    (tmp_path / rates.FOLDER).write_text("a file")
    rates.write(tmp_path, "a", Rate(seconds=1, bytes=1, start=1))
