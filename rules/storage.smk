# The cache in object storage, where compute.storage names it. Snakemake's plugin moves what is there. Its local copies
# are this machine's cache: they lie in one folder by their names in storage, so that what lies beside an artefact, or
# leads from one to another, is where it is without storage.

import os
from importlib.util import find_spec
from queue import Empty, SimpleQueue
from threading import Thread
from types import SimpleNamespace

from twostream.cache import receipts

SECONDS_TO_ANSWER = 60


class Storage:
    """The objects below an address, s3://bucket/prefix; `root` is the folder of their local copies."""

    may_change = IS_RUN

    def __init__(self, address):
        """Reach the bucket; InputError where that fails."""
        if find_spec("snakemake_storage_plugin_s3") is None:
            remedy = "install it, as by `pip install snakemake-storage-plugin-s3`"
            raise InputError("compute.storage", "needs Snakemake's storage plugin for S3", remedy)
        self.address = address
        self._objects = None
        try:
            self._any = storage.s3(f"{address}/any").flags["storage_object"]
            self._greet()
        except Exception as error:  # Those of boto3, which is there where the plugin is.
            raise self._refusal(error) from error
        self.root = self._any.local_path().parent

    def _greet(self):
        """Ask for the bucket; raise an error where what listens there does not answer as S3 does, or is silent.

        Boto3 would wait for five minutes.
        """
        client, answers = self._any.provider.s3c.meta.client, SimpleQueue()

        def ask():
            try:
                client.head_bucket(Bucket=self._any.bucket)
                answers.put(client.list_objects_v2(Bucket=self._any.bucket, MaxKeys=1))
            except Exception as error:
                answers.put(error)

        Thread(target=ask, daemon=True).start()
        try:
            answer = answers.get(timeout=SECONDS_TO_ANSWER)
        except Empty:
            raise TimeoutError(f"what listens there is silent for {SECONDS_TO_ANSWER} s") from None
        if isinstance(answer, Exception):
            raise answer
        if not answer.keys() & {"Name", "KeyCount", "IsTruncated"}:
            raise ConnectionError("what answers there is no S3; a server's console has another port")

    @property
    def objects(self):
        """When each object was stored, in seconds since 1970, by the path of its local copy."""
        if self._objects is None:
            listing = SimpleNamespace(exists_in_storage={}, mtime={}, size={})
            self._call(self._any.inventory(listing))
            inside = (path for path in listing.mtime if Path(path).is_relative_to(self.root))
            self._objects = {Path(path): listing.mtime[path].storage() for path in inside}
        return self._objects

    def at(self, path):
        """Return the object of `path`, which may have wildcards, as an input or an output."""
        return storage.s3(f"{self.address}/{Path(path).relative_to(self.root).as_posix()}", keep_local=True)

    def fetch(self, path):
        """Make the local copy of an object."""
        self._call(self.at(path).flags["storage_object"].managed_retrieve())

    def store(self, path):
        """Make an object of a file on this disk, which gets its time."""
        stored = self.at(path).flags["storage_object"]
        self._call(stored.managed_store())
        self.objects[path] = self._call(stored.managed_mtime())
        os.utime(path, (self.objects[path], self.objects[path]))

    def remove(self, path):
        """Delete an object."""
        self._call(self.at(path).flags["storage_object"].managed_remove())
        del self.objects[path]

    def _call(self, work):
        """Return what `work` of the plugin gives; InputError where it fails, as where the server is gone."""
        try:
            return workflow.async_run(work)
        except Exception as error:
            raise self._refusal(error) from error

    def _refusal(self, error):
        thing = f"compute.storage: {self.address}"
        if getattr(error, "response", {}).get("Error", {}).get("Code") == "404":
            return InputError(thing, "there is no such bucket", "make it, or choose another")
        return InputError(thing, f"cannot be used ({error})", "set endpoint and keys as docs/clusters.md says")


def open_storage():
    """Return what compute.storage names, None where it names nothing."""
    address = SETTINGS["compute"]["storage"]
    opened = Storage(address) if address else None
    if opened and opened.root != Path(SETTINGS["compute"]["cache_root"]):
        raise InputError("--local-storage-prefix", "leads away from the cache of compute.storage", "delete it")
    return opened


def from_cache(files):
    """Return an input, or several, of the cache: that it was made before what is made of it follows from its key."""
    if STORAGE is None:
        return ancient(files)
    return ancient(list(map(STORAGE.at, files)) if isinstance(files, list) else STORAGE.at(files))


def to_cache(file):
    """Return an output in the cache.

    It is flagged `update`: another project that shares the cache may have made it since this run was planned, and
    Snakemake is not to delete it before a job. A job that finds its output made leaves it. Local copies are not shared.
    """
    return STORAGE.at(file) if STORAGE else update(str(file))


def receipt_of(artefact):
    """Return the output that goes into storage with an artefact: by its receipt others can tell that it is whole."""
    return {"receipt": STORAGE.at(receipts.path(artefact))} if STORAGE else {}


def page_of(report):
    """Return the outputs that go into storage with the numbers of a report: its page and its receipt."""
    return receipt_of(report) | ({"page": STORAGE.at(report.with_suffix(".html"))} if STORAGE else {})


# What a job reads besides its inputs lies beside them on this disk. From storage it has to be brought: these are inputs
# there, and nothing without.


def staged(*artefacts):
    """Return the receipts of `artefacts`."""
    return from_cache([receipts.path(artefact) for artefact in artefacts]) if STORAGE else []


def staged_stacks(stream, *artefacts):
    """Return the shards that the stacks of a stream lead to, and the receipts of `artefacts` and of its other inputs."""
    shards = PLAN.full.shard_files(stream.stacks.stem) if STORAGE else []
    return [*(from_cache(shards) if STORAGE else []), *staged(PLAN.index, stream.stacks, *artefacts)]


def staged_result(full):
    """Return the receipts of the index, of the trained streams, of their scores and of their fusion."""
    return staged(PLAN.index, full.fusion, *full.logits.values(), *(stream.model for stream in full.streams))


def staged_videos():
    """Return the demo, which is rendered where its videos are read and is not in storage."""
    return ancient(str(PLAN.demo)) if STORAGE and PLAN.is_demo else []
