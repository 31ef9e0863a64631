"""Several hosts that make the same artefact at once, on file systems without locks or with ones that do not reach."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.odd_files import library
from support.stacks import video, write
from twostream.cache import kept, keys, provenance, receipts
from twostream.cache.stages import TRAIN_STREAM
from twostream.files import atomic, records
from twostream.stacks import shards

ROUNDS = 12
WRITER = """
import os, sys, time
from pathlib import Path
from twostream.cache import provenance
from twostream.cache.stages import TRAIN_STREAM
from twostream.files import atomic

root, me, other, rounds = Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
made = 0
for number in range(rounds):
    folder = root / "train_stream" / str(number)
    model, history = folder / "model.pt", folder / "history.csv"

    def write():
        atomic.write_text(history, f"of {me}")
        with atomic.replacing(model) as beside:
            beside.write_bytes(os.urandom(200_000))

    (root / f"{number}.{me}").touch()
    while not (root / f"{number}.{other}").exists():
        time.sleep(0.0005)
    made += provenance.produce(TRAIN_STREAM, model, {}, [], write, files=[history])
print(made)
"""


def write_at_once(root: Path, preloaded: Path) -> tuple[int, str]:
    """Let two processes make the same artefacts at once; return how many they made, and what they said."""
    environment = {**os.environ, "LD_PRELOAD": str(preloaded)}
    both = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(root), me, other, str(ROUNDS)],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for me, other in ("ab", "ba")
    ]
    ended = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [0, 0], ended
    return sum(int(out) for out, _ in ended), "".join(err for _, err in ended)


def check_results(root: Path) -> None:
    """Check that there is one result of each key, which is what its receipt and its second name say."""
    for number in range(ROUNDS):
        model = root / "train_stream" / str(number) / "model.pt"
        receipt = receipts.read(model)
        assert receipt.sha256 == keys.file_digest(model, 64)
        assert receipt.texts == {"history.csv": model.with_name("history.csv").read_text()}
        assert kept.digests(model) == [receipt.sha256]
        provenance.check_whole(model)
        rest = {path.name for path in model.parent.iterdir() if not path.name.endswith((kept.SUFFIX, ".lock"))}
        assert rest == {"model.pt", "history.csv", "model.cost.json", provenance.FILE}


@pytest.mark.parametrize("error", ["ENOLCK", "ENOSYS", "EOPNOTSUPP"])
def test_without_locks_one_host_makes_it_and_the_other_one_waits(error, tmp_path):
    made, said = write_at_once(tmp_path, library(tmp_path, error))
    assert made == ROUNDS
    assert said.count("its file system has no locks") == 2
    check_results(tmp_path)


def test_where_locks_reach_no_other_host_both_make_it_and_one_result_stays(tmp_path):
    made, said = write_at_once(tmp_path, library(tmp_path))
    assert ROUNDS < made <= 2 * ROUNDS
    assert said == ""
    check_results(tmp_path)


def test_the_last_receipt_is_that_of_the_last_file(tmp_path, monkeypatch):
    """Another host, which the lock does not reach, makes the same while the receipt is written."""
    monkeypatch.setattr(fcntl, "flock", lambda file, kind: None)
    model, history = (tmp_path / "train_stream" / "a" / name for name in ("model.pt", "history.csv"))
    write_record, others = records.write, ["other"]

    def make(content):
        def write_files():
            atomic.write_text(history, content)
            atomic.write_text(model, content)

        provenance.produce(TRAIN_STREAM, model, {}, [], write_files, again=True, files=[history])

    def write_late(path, record):
        if path == receipts.path(model) and others:
            make(others.pop())
        write_record(path, record)

    monkeypatch.setattr(records, "write", write_late)
    make("own")
    receipt = receipts.read(model)
    assert model.read_text() == "other"
    assert (receipt.sha256, receipt.texts) == (keys.digest("other", 64), {"history.csv": "other"})
    assert kept.digests(model) == [receipt.sha256]


def test_a_shard_whose_parts_another_host_has_joined_and_taken_away_is_joined_all_the_same(tmp_path):
    entries, shard = [video(name) for name in "abc"], tmp_path / "key" / "0000-x.h5"
    is_other_done = False

    def write_late(entry, group):
        nonlocal is_other_done
        write(entry, group)
        if not is_other_done:
            is_other_done = True
            shards.fill(shard, entries, write)

    shards.fill(shard, entries, write_late)
    assert is_other_done
    with shards.open_shard(shard) as file:
        assert sorted(file["A"]) == ["a.avi", "b.avi", "c.avi"]
