"""The digest of what decoding is here: of the frames' bits, equal where they are, taken without libav in planning."""

import shutil
import subprocess
import sys

import pytest

from support import encoded
from twostream import plan, survey
from twostream.cache import environment, measurement, stages
from twostream.config import check
from twostream.errors import InputError
from twostream.files import atomic, records
from twostream.videos import decode, decoder, fingerprint, picture

PLANNING = """
import sys
from pathlib import Path
from twostream.config import check
from twostream import plan
settings = check.check({"compute": {"cache_root": sys.argv[1]}})
planning = plan.make(settings)
print(planning.survey.decoder, *sorted({"av", "cv2", "torch"} & set(sys.modules)))
"""


@pytest.fixture(scope="module")
def here() -> fingerprint.Fingerprint:
    return fingerprint.take()


def test_every_reference_is_decoded_and_they_are_small(here):
    files = list(fingerprint.REFERENCES.iterdir())
    assert {file.name for file in files} == encoded.REFERENCES.keys()
    assert all(len(list(decode.decode(file, None))) == 5 for file in files)
    assert sum(file.stat().st_size for file in files) < 40_000


def test_it_is_the_same_each_time_and_in_another_process(here, tmp_path):
    assert fingerprint.take() == decoder.find(tmp_path) == here


@pytest.mark.parametrize(
    ("module", "name", "other"),
    [
        (picture, "TO_BGR", (("scale", "flags=bilinear"), ("format", "bgr24"))),
        (picture, "DEINTERLACE", ("yadif", "mode=send_frame:deint=interlaced")),
        (decode, "resize", lambda frame, size: frame),
    ],
)
def test_another_way_to_convert_or_resize_is_another_digest(here, monkeypatch, module, name, other):
    monkeypatch.setattr(module, name, other)
    assert fingerprint.take().bits != here.bits


def test_a_video_that_cannot_be_decoded_is_another_digest_and_no_error(here, tmp_path):
    shutil.copytree(fingerprint.REFERENCES, tmp_path / "references")
    (tmp_path / "references" / "av1.mkv").write_text("unknown to this decoder")
    assert fingerprint.take(tmp_path / "references").bits != here.bits


def test_planning_loads_no_decoder(here, tmp_path):
    done = subprocess.run([sys.executable, "-c", PLANNING, tmp_path], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [here.bits]
    assert not any(tmp_path.iterdir())


def test_it_is_taken_once_and_then_remembered_by_the_versions(here, tmp_path, monkeypatch):
    assert decoder.find(tmp_path, remember=True) == here
    monkeypatch.setattr(measurement.subprocess, "run", lambda *_, **__: pytest.fail("it was taken again"))
    assert decoder.find(tmp_path) == here
    monkeypatch.undo()
    monkeypatch.setattr(environment, "instructions", lambda: "no AVX2")
    assert decoder.find(tmp_path, remember=True) == here
    assert len(records.load(decoder.memory_file(tmp_path))) == 2


def test_a_damaged_memory_is_written_anew(here, tmp_path):
    atomic.write_text(decoder.memory_file(tmp_path), "{")
    assert decoder.find(tmp_path, remember=True) == here
    assert len(records.load(decoder.memory_file(tmp_path))) == 1


def test_where_nothing_can_be_decoded_planning_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(measurement.sys, "executable", "false")
    assert decoder.find(tmp_path, remember=True) == decoder.UNKNOWN
    assert not decoder.memory_file(tmp_path).exists()


def test_it_is_in_the_keys_of_what_is_decoded_and_no_version_is(monkeypatch):
    settings = check.check({})

    def video_keys(bits: str, version: str) -> list[str]:
        machine = fingerprint.Fingerprint(bits=bits, reads=bits, version=version)
        monkeypatch.setattr(survey.decoder, "find", lambda *_: machine)
        planned = plan.make(settings)
        stored = (stages.EXTRACT_FRAMES, stages.COMPUTE_FLOW)
        return [*map(planned.video_key, stored), planned.index.parent.name]

    assert video_keys("a", "18.1") == video_keys("a", "18.2")
    assert not set(video_keys("a", "18.1")) & set(video_keys("b", "18.1"))


def test_a_job_on_a_machine_that_decodes_otherwise_is_refused(here):
    fingerprint.check(here.bits, here.bits)
    fingerprint.check("", here.bits)
    with pytest.raises(InputError, match=r"the decoder: it gives other frames here .*: run the workflow on machines"):
        fingerprint.check("0123456789ab", here.bits)
