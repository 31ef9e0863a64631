"""Files that would run code are refused by the name of what they would run, and run nothing."""

import io
import os
import pickle
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from twostream.errors import InputError
from twostream.logits import pickles, score_file


class Call:
    """Pickles as a call of `function`."""

    def __init__(self, function, *arguments, state=None):
        self.function, self.arguments, self.state = function, arguments, state

    def __reduce__(self):
        return (self.function, self.arguments, *([self.state] if self.state else []))


def proof(tmp_path):
    """What an exploit would make."""
    return tmp_path / "ran"


EXPLOITS = {
    "posix.system": lambda path: Call(os.system, f"touch {path}"),
    "builtins.eval": lambda path: Call(eval, f"open({str(path)!r}, 'w')"),
    "builtins.exec": lambda path: Call(exec, f"open({str(path)!r}, 'w')"),
    "builtins.open": lambda path: Call(open, str(path), "w"),
    "builtins.getattr": lambda path: Call(getattr, Call(os.getenv, "PATH"), "upper"),
    "subprocess.Popen": lambda path: Call(subprocess.Popen, ["touch", str(path)]),
    "numpy.load": lambda path: Call(np.load, str(path), None, True),
    "numpy.fromfile": lambda path: Call(np.fromfile, str(path)),
    "torch.load": lambda path: Call(torch.load, str(path)),
}
HIDING = {
    "alone": lambda exploit: exploit,
    "as a value": lambda exploit: {"g01": np.zeros(3), "g02": exploit},
    "as a name": lambda exploit: [("a", exploit)],
    "in a call that is admitted": lambda exploit: Call(np.dtype, exploit),
    "in an array of objects": lambda exploit: np.array([exploit, 1], dtype=object),
    "in the state of an array": lambda exploit: Call(
        np._core.multiarray._reconstruct, np.ndarray, (0,), b"b", state=(1, (1,), exploit, False, b"")
    ),
    "in a result dump": lambda exploit: [{"pred_score": torch.zeros(3), "gt_label": exploit}],
}


def _raw(module: str, name: str, argument: str) -> bytes:
    """Protocol 0, in which any attribute of any module can be named."""
    return f"c{module}\n{name}\n(S'{argument}'\ntR.".encode()


@pytest.mark.parametrize("hiding", HIDING)
@pytest.mark.parametrize("name", EXPLOITS)
@pytest.mark.parametrize("protocol", [2, 5])
def test_a_pickle_that_would_run_code_is_refused_by_name(tmp_path, name, hiding, protocol):
    file = tmp_path / "scores.pickle"
    file.write_bytes(pickle.dumps(HIDING[hiding](EXPLOITS[name](proof(tmp_path))), protocol))
    function = name.split(".")[1]
    with pytest.raises(InputError, match=rf"scores\.pickle: refused: it would run `[\w.]+\.{function}`"):
        score_file.read(file)
    assert not proof(tmp_path).exists()


def test_the_exploits_are_real(tmp_path):
    """Python's own unpickler runs them."""
    pickle.loads(pickle.dumps(EXPLOITS["posix.system"](proof(tmp_path))))
    assert proof(tmp_path).exists()


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("os", "system"),
        ("builtins", "eval"),
        ("__builtin__", "eval"),
        ("numpy.f2py.crackfortran", "getlincoef"),
        ("numpy.core.multiarray", "fromfile"),
        ("numpy._core.multiarray", "_reconstruct.__globals__"),
        ("torch._utils", "_rebuild_device_tensor_from_numpy"),
        ("torch.serialization", "load"),
        ("twostream.logits.pickles", "os"),
        ("codecs", "decode"),
        ("operator", "attrgetter"),
    ],
)
def test_only_what_is_admitted_can_be_named(module, name):
    with pytest.raises(InputError, match="it would run"):
        pickles.load(io.BytesIO(_raw(module, name, "x")), "scores.pkl")


@pytest.mark.parametrize("suffix", [".npy", ".npz"])
def test_arrays_of_objects_are_no_way_around(tmp_path, suffix):
    file = tmp_path / f"scores{suffix}"
    hostile = np.array([[EXPLOITS["posix.system"](proof(tmp_path)), 1]], dtype=object)
    if suffix == ".npy":
        np.save(file, hostile, allow_pickle=True)
    else:
        np.savez(file, scores=hostile, labels=np.zeros(1))
    with pytest.raises(InputError, match=r"would run `posix\.system`"):
        score_file.read(file)
    assert not proof(tmp_path).exists()


def test_a_storage_of_torchs_is_no_way_around(tmp_path):
    """A tensor's numbers are a file within the pickle, which torch would unpickle by itself."""
    inner = b"".join(
        pickle.dumps(part) for part in (0x1950A86A20F9469CFC6C, 1001, EXPLOITS["posix.system"](proof(tmp_path)))
    )
    hostile = Call(torch.storage._load_from_bytes, inner)
    with pytest.raises(InputError, match=r"would run `posix\.system`"):
        pickles.load(io.BytesIO(pickle.dumps([hostile])), "dump.pkl")
    assert not proof(tmp_path).exists()


@pytest.mark.parametrize(
    "state",
    [
        (1, (4,), np.dtype(object), False, b"\x01" * 32),
        (1, (10**12,), np.dtype("f4"), False, b"\x00" * 4),
        (1, (-1,), np.dtype("f4"), False, b"\x00" * 3),
        (1, (1,), np.dtype([("a", "O")]), False, b"\x01" * 8),
        (1, (1,), np.dtype("M8[s]"), False, b"\x01" * 8),
        "nonsense",
    ],
)
def test_arrays_that_are_not_what_they_say(state):
    hostile = pickle.dumps(Call(np._core.multiarray._reconstruct, np.ndarray, (0,), b"b", state=state))
    with pytest.raises(InputError):
        pickles.load(io.BytesIO(hostile), "scores.pickle")


@pytest.mark.parametrize(
    ("offset", "size", "stride"),
    [(4, (1,), (1,)), (0, (5,), (1,)), (0, (2,), (4,)), (-1, (1,), (1,)), (0, (10**12,), (0,))],
)
def test_tensors_outside_their_numbers(offset, size, stride):
    storage = torch.zeros(4).__reduce_ex__(2)[1][0]
    hostile = pickle.dumps(Call(torch._utils._rebuild_tensor_v2, storage, offset, size, stride, False, {}))
    with pytest.raises(InputError):
        pickles.load(io.BytesIO(hostile), "dump.pkl")


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused_in_words(data):
    try:
        pickles.load(io.BytesIO(data), "scores.pickle")
    except InputError as error:
        assert str(error).startswith("scores.pickle: ")


def test_a_few_bytes_take_little_memory():
    """The last opcode keeps the top of the stack under the number 2**28: an array of such a length has gigabytes."""
    tracemalloc.start()
    with pytest.raises(InputError):
        pickles.load(io.BytesIO(b"\x88r" + (1 << 28).to_bytes(4, "little")), "scores.pickle")
    assert tracemalloc.get_traced_memory()[1] < 1 << 20
    tracemalloc.stop()


@pytest.mark.parametrize("protocol", range(2, 6))
@pytest.mark.parametrize(
    "value",
    [
        np.arange(6, dtype=np.float32).reshape(2, 3),
        np.asfortranarray(np.arange(6).reshape(2, 3)),
        np.arange(3, dtype=">i4"),
        np.array(["ab", "c"]),
        np.zeros((0, 3)),
        torch.arange(12.0).reshape(3, 4).T[1:],
        torch.tensor([3]),
        torch.tensor(2.5, dtype=torch.float16),
    ],
)
def test_arrays_and_tensors_come_back(value, protocol):
    array = pickles.load(io.BytesIO(pickle.dumps({"a": value}, protocol)), "x")["a"]
    assert np.array_equal(np.asarray(array), np.asarray(value))
    assert np.asarray(array).dtype == np.asarray(value).dtype


def test_torch_is_not_needed():
    code = "import sys, twostream.logits.pickles, twostream.logits.score_file; print('torch' in sys.modules)"
    stdout = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert stdout.strip() == "False"
