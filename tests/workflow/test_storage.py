"""The cache in object storage, in a real server on this machine. What is on the page is what is run here."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import yaml

from support import page
from support.project import FINISHED, Project

boto3 = pytest.importorskip("boto3", reason="boto3 is not installed: pip install '.[s3]'")
pytest.importorskip("moto.server", reason="no server of S3 is installed: pip install '.[dev]'")
pytest.importorskip("snakemake_storage_plugin_s3", reason="the plugin is not installed: pip install '.[s3]'")

BUCKET = "my-bucket"
FETCHED = re.compile(r"^Retrieving from storage: s3://my-bucket/twostream/(\w+)/\w+/(\S+)$", re.MULTILINE)


class Remote(Project):
    """A project whose cache is in object storage, as the page says it."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        super().__init__(folder)
        self.environment = environment
        self.settings |= yaml.safe_load(page.block("clusters.md", "storage-settings"))
        self.settings["index"]["shards"] = 1

    def snakemake(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self._command(*arguments),
            cwd=self.folder,
            env={**os.environ, **self.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=600,
        )

    def output(self) -> str:
        (command,) = page.commands("clusters.md", "storage-run")
        done = self.snakemake(*command.replace("--cores all", "--cores 2").split()[1:])
        assert done.returncode == 0, done.stdout[-3000:]
        return done.stdout

    @property
    def copies(self) -> Path:
        return self.folder / ".snakemake" / "storage" / "s3" / BUCKET / "twostream"

    @property
    def report(self) -> bytes:
        return (self.folder / "results" / "fusion_report.json").read_bytes()


class Website(BaseHTTPRequestHandler):
    """What has a page for every path, such as the console of a server of S3."""

    def do_HEAD(self) -> None:
        self.send_response(200)
        self.end_headers()

    def do_GET(self) -> None:
        self.do_HEAD()
        self.wfile.write(b"<html>hello</html>")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def environment():
    """What the page sets, with the address of a server that is at work."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        pairs = (line.removeprefix("export ").split("=") for line in page.commands("clusters.md", "storage-keys"))
        environment = dict(pairs) | {"SNAKEMAKE_STORAGE_S3_ENDPOINT_URL": f"http://127.0.0.1:{port}"}
        wait_for(server, port)
        client(environment).create_bucket(Bucket=BUCKET)
        yield environment
    finally:
        server.terminate()
        server.wait(timeout=60)


def wait_for(server: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + 120
    while True:
        assert server.poll() is None and time.monotonic() < deadline
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)


def client(environment: dict[str, str]):
    return boto3.client(
        "s3",
        endpoint_url=environment["SNAKEMAKE_STORAGE_S3_ENDPOINT_URL"],
        aws_access_key_id=environment["SNAKEMAKE_STORAGE_S3_ACCESS_KEY"],
        aws_secret_access_key=environment["SNAKEMAKE_STORAGE_S3_SECRET_KEY"],
        region_name="us-east-1",
    )


def result(report: dict[str, Any]) -> dict[str, Any]:
    """What a report says but for where and at what cost it was made."""
    return {name: value for name, value in report.items() if name not in ("stages", "costs", "made_by")}


@pytest.fixture(scope="module")
def first(environment, tmp_path_factory) -> Remote:
    """The machine that has made everything."""
    project = Remote(tmp_path_factory.mktemp("first"), environment)
    assert "fusion_report" in FINISHED.findall(project.output())
    return project


@pytest.fixture
def empty(environment, first, tmp_path) -> Remote:
    """A machine that has nothing."""
    return Remote(tmp_path / "empty", environment)


def test_without_storage_the_same_keys_and_numbers_lie_on_the_disk(first, tmp_path):
    local = Project(tmp_path / "local")
    local.settings["index"] = first.settings["index"]
    shutil.copytree(first.copies, local.folder / "results")
    assert local.ran() == {"fusion_report": 1}
    numbers = json.loads((local.folder / "results" / "fusion_report.json").read_text())
    assert result(numbers) == result(json.loads(first.report))


def test_an_empty_machine_finds_everything_and_runs_nothing(first, empty):
    output = empty.output()
    assert "Nothing to be done" in output
    assert not FETCHED.findall(output)
    assert empty.report == first.report
    assert (empty.folder / "results" / "fusion_report.html").is_file()
    assert not list(empty.copies.rglob("*.h5")) + list(empty.copies.rglob("*.pt"))


def test_another_fusion_fetches_the_scores_alone_and_heals_one_that_is_damaged(first, empty, environment):
    empty.settings["fusion"]["step"] = 0.5
    s3 = client(environment)
    (scores, _) = sorted(path.relative_to(first.copies).as_posix() for path in first.copies.glob("dump_logits/*/*.h5"))
    s3.put_object(Bucket=BUCKET, Key=f"twostream/{scores}", Body=b"damaged")
    refused = empty.snakemake("-c2")
    assert refused.returncode != 0
    assert {stage for stage, _ in FETCHED.findall(refused.stdout)} == {"dump_logits"}
    assert "logits.h5: the file is damaged: run the same command again, which makes it anew" in refused.stdout
    assert "Traceback" not in refused.stdout
    output = empty.output()
    assert "logits.h5: is damaged in storage: it is deleted there, and made anew where it is needed" in output
    assert sorted(FINISHED.findall(output)) == ["all", "dump_logits", "fuse", "fusion_report"]
    (shards,) = {stage for stage, _ in FETCHED.findall(output)} - {"write_stacks", "train_stream"}
    assert shards in ("extract_frames", "compute_flow")  # Those of the stream whose scores were damaged alone.


def test_what_cannot_be_reached_is_refused_in_one_line(environment, tmp_path):
    project = Remote(tmp_path / "refused", environment)
    project.settings["compute"]["storage"] = "s3://other/twostream"
    assert project.refusal().endswith("s3://other/twostream: there is no such bucket: make it, or choose another")
    project.environment = environment | {"SNAKEMAKE_STORAGE_S3_ENDPOINT_URL": "http://127.0.0.1:9"}
    assert "cannot be used (Could not connect" in project.refusal()
    with ThreadingHTTPServer(("127.0.0.1", 0), Website) as website:
        Thread(target=website.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{website.server_port}"
        project.environment = environment | {"SNAKEMAKE_STORAGE_S3_ENDPOINT_URL": address}
        assert "cannot be used (what answers there is no S3; a server's console" in project.refusal()
        website.shutdown()
