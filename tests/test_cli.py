"""The `twostream` command itself; what each of its commands does is tested with its stage."""

import json
import re
import signal
import subprocess
import sys

import pytest

from twostream import bench, cli
from twostream.bench import timing
from twostream.errors import InputError
from twostream.flow import backends


def call(monkeypatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["twostream", *arguments])
    cli.main()


@pytest.mark.parametrize("arguments", [(), ("--help",)])
def test_every_command_is_listed(monkeypatch, capsys, arguments):
    with pytest.raises(SystemExit) as ended:
        call(monkeypatch, *arguments)
    assert ended.value.code == 0
    printed = capsys.readouterr().out
    assert all(name in printed for name in cli.commands())


def test_an_unknown_command_is_refused_in_one_line(monkeypatch):
    with pytest.raises(SystemExit, match="twostream: fly: is no command: choose one of bench, doctor"):
        call(monkeypatch, "fly")


def test_a_command_that_is_misspelt_is_guessed():
    with pytest.raises(InputError, match=r"is no command \(did you mean prune\?\)"):
        cli.call(["pruen"])


def test_the_list_of_commands_imports_none():
    code = "import sys; sys.argv[1:] = ['--help']; from twostream import cli; cli.main()"
    watched = f"import atexit, sys; atexit.register(lambda: print(*sorted(sys.modules), file=sys.stderr)); {code}"
    done = subprocess.run([sys.executable, "-c", watched], capture_output=True, text=True, check=True)
    assert not {"torch", "cv2", "numpy", "snakemake", "yaml"} & set(done.stderr.split())


@pytest.mark.parametrize("name", sorted(cli.commands()))
def test_every_command_explains_itself(monkeypatch, capsys, name):
    with pytest.raises(SystemExit) as ended:
        call(monkeypatch, name, "--help")
    assert ended.value.code == 0
    assert f"usage: twostream {name}" in capsys.readouterr().out


def test_a_benchmark_is_run_with_its_options(monkeypatch, capsys, tmp_path):
    (tmp_path / "one.py").write_text("import sys; print(sys.argv[1:])")
    monkeypatch.setattr(bench, "__path__", [str(tmp_path)])
    call(monkeypatch, "bench", "one", "--quick")
    assert capsys.readouterr().out == "['--quick']\n"
    with pytest.raises(SystemExit, match="bench two: is no benchmark: choose one of one"):
        call(monkeypatch, "bench", "two")


def test_a_step_ends_at_once_and_in_silence_when_nobody_reads_on():
    main = """
import threading, time
from twostream.console import run

def main():
    threading.Thread(target=time.sleep, args=(600,)).start()
    while True:
        print("one line more")

run(main)
"""
    step = subprocess.Popen([sys.executable, "-c", main], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert step.stdout is not None and step.stderr is not None
    assert step.stdout.readline() == "one line more\n"
    step.stdout.close()
    assert step.wait(timeout=120) == 128 + signal.SIGPIPE
    assert step.stderr.read() == ""


def test_ways_take_turns_and_the_ratio_is_that_of_a_round():
    turns: list[str] = []
    seconds = timing.take_turns({"a": lambda: turns.append("a"), "b": lambda: turns.append("b")}, 3)
    assert turns == ["a", "b"] * 3
    assert all(len(each) == 3 for each in seconds.values())
    assert timing.speedup({"fast": [1, 2, 1], "slow": [5, 10, 7]}, "fast", "slow") == 5


def test_the_last_line_is_the_ratios(capsys):
    timing.show([{"way": "ours", "seconds": 1.23456}, {"way": "theirs", "note": "slow"}], {"ours_over_theirs": 2})
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].split() == ["way", "seconds", "note"]
    assert json.loads(printed[-1]) == {"ours_over_theirs": 2}


def test_the_doctor_finds_every_backend_at_work(monkeypatch, capsys):
    call(monkeypatch, "doctor")
    printed = capsys.readouterr().out
    assert re.findall(r"^flow backend (\w+) +works$", printed, re.MULTILINE) == [
        name for name in backends.NAMES if name != "raft"
    ]
    assert "not installed" not in printed


def test_the_doctor_names_what_does_not_work(monkeypatch, capsys):
    def broken(backend: str, *_: object):
        raise ImportError(f"no {backend}\nhere")

    monkeypatch.setattr("twostream.flow.compute.load_solver", broken)
    call(monkeypatch, "doctor")
    assert "does not work: ImportError: no fused here" in capsys.readouterr().out
