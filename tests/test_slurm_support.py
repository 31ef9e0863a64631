"""The Slurm that tests start: it says why it does not come up, and leaves no process behind."""

import os
import time
from pathlib import Path

import pytest

from support import slurm
from support.slurm import NoSlurmError, Slurm

FATAL = "[2026-01-01T00:00:00] fatal: cannot resolve the host"
LASTING = "#!/bin/sh\nsleep 300 &\nsleep 300\n"
SAYS = {
    "its log": f'#!/bin/sh\necho "{FATAL}" >> "$(dirname "$SLURM_CONF")/slurmctld.log"\nexit 1\n',
    "its output": f'#!/bin/sh\necho "{FATAL}"\necho bye\nexit 1\n',
}


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Return what puts programs of Slurm's names in the place of those that are installed here, if any are."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    def write(**programs: str) -> None:
        for name in (*slurm.PROGRAMS, "sinfo"):
            (tmp_path / name).write_text(programs.get(name, "#!/bin/sh\n"))
            (tmp_path / name).chmod(0o755)

    return write


def processes(up: Slurm) -> list[str]:
    """Return the processes of this Slurm."""
    conf = f"SLURM_CONF={up.folder / 'slurm.conf'}\0".encode()
    return [folder.name for folder in Path("/proc").glob("[0-9]*") if conf in read(folder / "environ")]


def read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""


@pytest.mark.parametrize("where", SAYS)
def test_why_the_controller_ended_is_said_at_once(install, monkeypatch, where):
    install(slurmctld=SAYS[where], slurmd=LASTING)
    begun: list[Slurm] = []
    monkeypatch.setattr(Slurm, "start", lambda up, start=Slurm.start: (begun.append(up), start(up)))
    began = time.monotonic()
    with pytest.raises(NoSlurmError, match=r"^slurmctld: \[.*fatal: cannot resolve the host"), slurm.cluster():
        pass
    assert time.monotonic() - began < 60
    assert processes(begun[0]) == []


def test_what_it_started_is_killed_where_a_test_fails(install):
    install(slurmctld=LASTING, slurmd=LASTING, sinfo="#!/bin/sh\necho 2 idle\n")
    with pytest.raises(ZeroDivisionError), slurm.cluster() as up:
        assert len(processes(up)) >= 3
        raise ZeroDivisionError
    assert processes(up) == []


def test_a_program_that_is_missing_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", os.fspath(tmp_path))
    with pytest.raises(NoSlurmError, match=r"^there is no slurmctld$"), slurm.cluster():
        pass
