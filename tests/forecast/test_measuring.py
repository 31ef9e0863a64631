"""The trials of `twostream plan`: what is made of their answers, which are invented here."""

from types import SimpleNamespace

import pytest

from twostream.config import check
from twostream.forecast import measuring
from twostream.forecast.jobs import Measurement
from twostream.forecast.measuring import Material, Trials

RATE = {"seconds": 1e-6, "bytes": 0.5, "start": 2.0}
TASKS = [SimpleNamespace(stage="extract_frames", name="frames"), SimpleNamespace(stage="compute_flow", name="flow")]


def answer(module: str, request: dict) -> dict:
    """Answer as a trial of videos: a process that loads torch, for flow alone, holds more memory."""
    answer = {"decoding": 1e-7, "imports": 1.0, "memory": [3e9, 4e9] if request["frames"] is None else [1e8, 3e8]}
    answer |= {"frames": RATE} if request["frames"] else {}
    return answer | ({"flow": {"rate": RATE}} if request["flow"] else {})


@pytest.mark.parametrize(
    ("backend", "memory"),
    [
        ("fused", {"memory": 3e8, "more": 2e8, "is_gpu": False}),
        ("torch", {"memory": 4e9, "more": 1e9, "is_gpu": True}),
    ],
)
def test_flow_has_the_memory_of_the_process_that_computed_it(monkeypatch, backend, memory):
    monkeypatch.setattr(measuring.measurement, "run", answer)
    monkeypatch.setattr(measuring.backends, "gpu", lambda: "a GPU")
    full = SimpleNamespace(plan=SimpleNamespace(settings=check.check({"flow": {"backend": backend}})))
    measurements: dict[str, Measurement] = dict(Trials(full, Material([("a.avi", "a", 64)]), 1.0)._videos(TASKS))
    assert list(measurements) == ["frames", "index", "flow"]
    assert {name: getattr(measurements["flow"], name) for name in memory} == memory
    assert measurements["frames"].memory == measurements["index"].memory == 3e8
