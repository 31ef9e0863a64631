"""A job's log: appended to, without control characters, and never the end of a job."""

import subprocess
import sys

import pytest

LINE = [sys.executable, "-m", "twostream.job_log"]


def log(path, output: bytes) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*LINE, path, '{"step":1}'], input=output, capture_output=True, check=True)


def lines(path):
    head, *rest = path.read_text(encoding="utf-8").splitlines()
    assert head.startswith("--- 2")
    assert head.endswith(' {"step":1}')
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
def test_all_is_shown_and_the_log_has_lines(tmp_path, output, written):
    assert log(tmp_path / "log", output).stdout == output
    assert lines(tmp_path / "log") == written


def test_a_bar_of_hours_is_one_line(tmp_path):
    log(tmp_path / "log", b"\r".join(b"%d of 99999" % step for step in range(100_000)) + b"\n")
    assert lines(tmp_path / "log") == ["99999 of 99999"]


def test_a_second_job_goes_on_below_the_first(tmp_path):
    for word in (b"first\n", b"second\n"):
        (tmp_path / "log").unlink(missing_ok=True)  # As Snakemake does.
        log(tmp_path / "log", word)
    heads = [line for line in (tmp_path / "log").read_text().splitlines() if line.startswith("--- ")]
    assert len(heads) == 2
    assert (tmp_path / "log").read_text().endswith("second\n")


def test_a_log_that_cannot_be_written_is_a_warning_said_once(tmp_path):
    (tmp_path / "log").symlink_to("/dev/full")
    done = log(tmp_path / "log", b"one\n" * 100_000)
    assert done.stdout == b"one\n" * 100_000
    assert done.stderr.count(b"cannot be written, and lacks what follows") == 1


def test_the_log_is_whole_where_nobody_reads_the_output(tmp_path):
    with subprocess.Popen([*LINE, tmp_path / "log"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.close()
        process.stdin.write(b"one\n" * 100_000)
        process.stdin.close()
    assert process.returncode == 0
    assert (tmp_path / "log").read_text().count("one\n") == 100_000
