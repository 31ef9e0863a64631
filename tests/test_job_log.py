"""A job's log: appended to, without control characters, and never the end of a job."""

import re
import subprocess
import sys

import pytest

LINE = [sys.executable, "-m", "twostream.job_log"]


def log(path, output: bytes) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*LINE, path, "flow 0001", '{"step":1}'], input=output, capture_output=True, check=True)


def lines(path):
    head, *rest, end = path.read_text(encoding="utf-8").splitlines()
    assert re.fullmatch(
        r'--- 2[-\d]+ [:\d]+ [+\d-]+ flow 0001, twostream \S+, Python 3\S+, .*numpy \d.* \{"step":1\}', head
    )
    assert re.fullmatch(r"--- 2.* the job has ended, after [.\d]+ s", end)
    return rest


@pytest.mark.parametrize(
    ("output", "written"),
    [
        (b"one\ntwo\n", ["one", "two"]),
        (b"0 of 2\r1 of 2\r2 of 2\nnext", ["2 of 2", "next"]),
        (b"1 of 2\r2 of 2\r\n", ["2 of 2"]),
        (b"1 of 2\r2 of 2\r", ["2 of 2"]),
        (b"\x1b[31mred\x07\n\xff\n", ["\\x1b[31mred\\x07", "\N{REPLACEMENT CHARACTER}"]),
        (b"", []),
    ],
)
def test_all_is_shown_and_logged_in_lines_and_those_shown_begin_with_the_job(tmp_path, output, written):
    shown = log(tmp_path / "log", output).stdout.decode().splitlines()
    assert shown == [f"flow 0001 | {line}" for line in written]
    assert lines(tmp_path / "log") == written


def test_a_bar_of_hours_is_one_line(tmp_path):
    log(tmp_path / "log", b"\r".join(b"%d of 99999" % step for step in range(100_000)) + b"\n")
    assert lines(tmp_path / "log") == ["99999 of 99999"]


def test_on_the_terminal_the_job_stands_in_the_place_of_the_program(tmp_path):
    assert log(tmp_path / "log", b"twostream: 3 of 4 videos\n\n").stdout == b"flow 0001 | 3 of 4 videos\n"
    assert lines(tmp_path / "log") == ["twostream: 3 of 4 videos", ""]


def test_lines_of_two_jobs_are_never_mixed(tmp_path):
    command = "for i in 1 2 3; do printf one; sleep 0.05; printf 'two\\n'; done | {} -m twostream.job_log {} {}"
    jobs = " & ".join(command.format(sys.executable, tmp_path / name, name) for name in ("a", "b"))
    shown = subprocess.run(f"{jobs} & wait", shell=True, capture_output=True, text=True, check=True).stdout.splitlines()
    assert sorted(shown) == ["a | onetwo"] * 3 + ["b | onetwo"] * 3


def test_a_second_job_goes_on_below_the_first(tmp_path):
    for word in (b"first\n", b"second\n"):
        (tmp_path / "log").unlink(missing_ok=True)  # As Snakemake does.
        log(tmp_path / "log", word)
    heads = [line for line in (tmp_path / "log").read_text().splitlines() if line.startswith("--- ")]
    assert len(heads) == 4
    assert [line for line in lines(tmp_path / "log") if line not in heads] == ["first", "second"]


def test_a_log_that_cannot_be_written_is_a_warning_said_once(tmp_path):
    (tmp_path / "log").symlink_to("/dev/full")
    done = log(tmp_path / "log", b"one\n" * 100_000)
    assert done.stdout == b"flow 0001 | one\n" * 100_000
    assert done.stderr.count(b"cannot be written, and lacks what follows") == 1


def test_the_log_is_whole_where_nobody_reads_the_output(tmp_path):
    with subprocess.Popen([*LINE, tmp_path / "log", "flow"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.close()
        process.stdin.write(b"one\n" * 100_000)
        process.stdin.close()
    assert process.returncode == 0
    assert (tmp_path / "log").read_text().count("one\n") == 100_000
