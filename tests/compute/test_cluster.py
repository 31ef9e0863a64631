"""Videos on a real cluster of dask.distributed: the same bytes as here, and one line for whatever goes wrong."""

import os
import shlex
import shutil
import signal
import socket
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from support import page
from support.cluster import ALLOWED_DEATHS, network_of_its_own, scheduler, worker
from support.project import Project
from support.stacks import video
from twostream import text
from twostream.compute import cluster, workers
from twostream.errors import InputError
from twostream.files import shared
from twostream.stacks import shards
from twostream.steps import compute_flow, extract_frames
from twostream.steps import index as index_step
from twostream.videos import index, sharding

distributed = pytest.importorskip("distributed", reason="the extra `cluster` is not installed")

STEPS = {extract_frames: '{"short_side": 32}', compute_flow: '{"short_side": 32, "backend": "farneback"}'}
"""The steps that make shards, with quick settings."""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The address of a cluster of two workers, one of them in a network of its own where one can be made."""
    folder = tmp_path_factory.mktemp("cluster")
    with ExitStack() as stack:
        host, prefix = stack.enter_context(network_of_its_own())
        address = stack.enter_context(scheduler(folder, host))
        stack.enter_context(worker(address, folder, "a"))
        stack.enter_context(worker(address, folder, "b", prefix))
        with distributed.Client(address) as client:
            client.wait_for_workers(2)
        yield address


@pytest.fixture
def empty(monkeypatch):
    """The address of a cluster without workers, in this process."""
    monkeypatch.setattr(cluster, "SECONDS_BETWEEN_LOOKS", 0.1)
    options = {"n_workers": 0, "processes": False, "dashboard_address": None, "silence_logs": 50}
    with distributed.LocalCluster(protocol="tcp", host="127.0.0.1", **options) as local:
        yield local.scheduler_address


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(cluster, "SECONDS_TO_CONNECT", 60)
    monkeypatch.delenv(cluster.CLUSTER_VARIABLE, raising=False)


def run(step, monkeypatch, *words) -> None:
    monkeypatch.setattr("sys.argv", [str(word) for word in ("step", *words)])
    step.main()


def test_index_frames_and_flow_are_to_the_byte_those_of_this_machine(address, tree, tmp_path, monkeypatch, capfd):
    tree(groups=2)
    monkeypatch.chdir(tmp_path)  # Paths of a project are relative, and the workers run elsewhere.
    outputs = {}
    for way in ("threads", address):
        folder = Path("dask" if way == address else "here")
        how = ("--scheduler", way, "--folder", "videos")
        run(index_step, monkeypatch, *how, "--ledger", folder / "ledger.json", "--out", folder / "index.json")
        (shard,) = sharding.shards(index.read(folder / "index.json").videos, 1)
        part = ("--index", folder / "index.json", "--shards", 1, "--shard", shard)
        for step, settings in STEPS.items():
            output = folder / "key" / f"{step.__name__}.h5"
            run(step, monkeypatch, *how, *part, "--settings", settings, "--out", output)
        files = [folder / "index.json", *folder.glob("key/*.h5")]
        assert len(files) == 3
        outputs[folder] = {file.relative_to(folder): file.read_bytes() for file in files}
    here, dask = outputs.values()
    assert here == dask
    assert capfd.readouterr().err.count("by 2 workers with 2 threads; dashboard: http://") == 1


def test_the_run_of_the_page_tells_once_of_the_cluster(address, tmp_path):
    command = page.commands("clusters.md", "dask-by-hand")[2].replace("tcp://login:8786", address)
    project = Project(tmp_path / "project")
    done = project.snakemake(*shlex.split(command.replace("fusion_report", "index"))[1:])
    assert done.returncode == 0, done.stdout
    assert done.stdout.count(f"videos are computed at {address}, by 2 workers") == 1
    assert project.files("index/*/index.json")


def test_the_workers_are_in_two_networks(address):
    with distributed.Client(address) as client:
        client.wait_for_workers(2)
        hosts = {name.rpartition(":")[0] for name in client.nthreads()}
    if "127.0.0.1" in address:
        pytest.skip("this user can make no network of its own")
    assert len(hosts) == 2


def test_a_video_whose_worker_is_killed_is_computed_by_another(address, tmp_path):
    entries = [video(name) for name in "abcdef"]
    killed = tmp_path / "killed"

    def write(entry, group):
        import numpy as np

        from twostream.stacks import codecs

        frames = np.full((entry.frames, 2, 8, 10), len(entry.id), np.uint8)
        codecs.write(group, iter(frames), entry.frames, "zstd", 95)
        if entry.id.endswith("c.avi") and not killed.exists():
            killed.touch()
            os.kill(os.getpid(), signal.SIGKILL)

    dask, here = (tmp_path / way / "key" / "0000-x.h5" for way in ("dask", "here"))
    shards.fill(dask, entries, write, scheduler=address)
    assert killed.exists()
    shards.fill(here, entries, write)
    assert dask.read_bytes() == here.read_bytes()


def test_a_video_that_kills_its_workers_is_named(address):
    def work(item):
        os.kill(os.getpid(), signal.SIGKILL)

    with pytest.raises(InputError, match=rf"^A/c\.avi: {ALLOWED_DEATHS + 1} workers were killed while they had it"):
        workers.map_videos(work, [video("c")], "stored", 1, address)


def test_an_error_of_a_video_ends_the_others_and_is_the_same_line_as_here(address):
    def work(item):
        raise InputError("video", "is bad", "delete it")

    with pytest.raises(InputError, match=r"^video: is bad: delete it$"):
        workers.map_videos(work, range(20), "stored", 1, address)
    with distributed.Client(address) as client:
        assert client.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.tasks)) <= 2


def test_results_come_in_order_and_a_job_has_few_items_on_the_cluster(address, monkeypatch):
    waiting = []
    submit = distributed.Client.submit

    def counting(self, function, item, **options):
        waiting.append(item)
        return submit(self, function, item, **options)

    monkeypatch.setattr(distributed.Client, "submit", counting)
    most = 0

    def count() -> None:
        nonlocal most, done
        most, done = max(most, len(waiting) - done), done + 1

    done = 0
    results = cluster.compute(lambda item: item * item, range(40), "stored", address, count)
    assert results == [item * item for item in range(40)]
    assert most <= cluster.VIDEOS_A_THREAD * 2


def test_ctrl_c_takes_back_what_was_submitted(address):
    def interrupt():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cluster.compute(lambda item: item, range(40), "stored", address, interrupt)
    with distributed.Client(address) as client:
        assert client.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.tasks)) <= 2


@pytest.fixture
def alone(tmp_path):
    """Start a scheduler and one worker, with these words before its command and on this path of Python's."""
    with ExitStack() as stack:
        address = stack.enter_context(scheduler(tmp_path))

        def start(**options):
            stack.enter_context(worker(address, tmp_path, "alone", **options))
            return address

        yield start


def test_a_worker_without_the_package_is_one_line(alone, tmp_path):
    blocking = tmp_path / "blocking"
    blocking.mkdir()
    (blocking / "sitecustomize.py").write_text("import sys\nsys.modules['twostream'] = None\n")
    address = alone(python_path=str(blocking))
    with pytest.raises(InputError, match=r"^the worker on .* cannot load this job \(Mod.*twostream.*\): install"):
        workers.map_videos(text.duration, [1.0], "stored", 1, address)


def test_a_worker_on_another_file_system_is_one_line(alone, tmp_path, monkeypatch):
    if os.geteuid() or not shutil.which("unshare"):
        pytest.skip("this user can mount no file system")
    project = tmp_path / "project"
    project.mkdir()
    hiding = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none "$0" && exec "$@"', str(project)]
    address = alone(prefix=hiding)
    with pytest.raises(
        InputError, match=r"key: the worker on .* does not see this folder: run the workers on the same"
    ):
        shards.fill(project / "key" / "0000-x.h5", [video("a")], print, scheduler=address)


def test_a_file_that_a_worker_wrote_elsewhere_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(shared, "SECONDS", 0)
    with pytest.raises(InputError, match="is not seen here: run the workers on the same file system"):
        shared.wait_for([tmp_path / "part.h5"], tmp_path / "whole.h5")


def test_an_address_where_nothing_answers_is_one_line(monkeypatch):
    monkeypatch.setattr(cluster, "SECONDS_TO_CONNECT", 0.5)
    with pytest.raises(
        InputError, match=r"scheduler: tcp://127.0.0.1:1: no scheduler of dask answers there \(.*\): run"
    ):
        cluster.check("tcp://127.0.0.1:1")


def test_a_program_that_accepts_and_says_nothing_is_one_line(monkeypatch):
    monkeypatch.setattr(cluster, "SECONDS_TO_CONNECT", 0.2)
    refusal = r"no scheduler of dask answers there \(what listens there is silent\): run"
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(InputError, match=refusal):
        cluster.check(f"tcp://127.0.0.1:{silent.getsockname()[1]}")


def test_a_cluster_without_workers_is_waited_for_and_then_one_line(empty, monkeypatch, capsys):
    monkeypatch.setattr(cluster, "SECONDS_WITHOUT_WORKERS", 0.5)
    with pytest.raises(InputError, match=r"^tcp://.*: has no worker: run `dask worker tcp://"):
        workers.map_videos(abs, [1], "stored", 1, empty)
    assert capsys.readouterr().err.count("has no worker; waiting") == 1


def test_a_scheduler_that_is_gone_is_one_line(empty, monkeypatch):
    def closed(self):
        raise distributed.comm.CommClosedError("in <TCP>: Stream is closed")

    monkeypatch.setattr(distributed.Client, "nthreads", closed)
    monkeypatch.setattr(cluster, "_tell", lambda *_: None)
    with pytest.raises(InputError, match=r"^tcp://.*: the cluster was stopped, and its work is lost: run"):
        workers.map_videos(abs, [1], "stored", 1, empty)


def test_without_distributed_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(
        InputError, match=r"is tcp://a:1, and distributed is not installed: install the extra `cluster`"
    ):
        cluster.check("tcp://a:1")


def test_other_versions_are_named(empty, monkeypatch):
    original = distributed.Client.get_versions

    def other(self, **options):
        versions = original(self, **options)
        versions["workers"]["tcp://node7:1"] = {"packages": versions["client"]["packages"] | {"dask": "2020.1"}}
        return versions

    monkeypatch.setattr(distributed.Client, "get_versions", other)
    with pytest.raises(InputError, match=r"^the worker tcp://node7:1: has dask 2020\.1, and this job has 2"):
        cluster.check(empty)


@pytest.mark.parametrize("scheduler", ["threads", "processes"])
def test_one_machine_loads_no_distributed(scheduler, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert workers.map_videos(abs, [-1, 2], "stored", 1, scheduler) == [1, 2]
