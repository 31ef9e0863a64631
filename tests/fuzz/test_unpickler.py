"""Random programmes for the unpickler: it reads or refuses them, runs nothing, and takes no more than it is granted."""

import pickle
import pickletools
import random
import struct

import pytest

from support import fuzz
from twostream.logits import pickles, score_file

NAMES = [*pickles.ADMITTED, ("os", "system"), ("builtins", "eval"), ("torch", "FloatStorage"), ("numpy", "load")]
ARGUMENTS = {
    "uint1": lambda rng: bytes([rng.randrange(256)]),
    "uint2": lambda rng: rng.randbytes(2),
    "int4": lambda rng: struct.pack("<i", rng.choice((0, 1, -1, 2**31 - 1, rng.randrange(100)))),
    "uint4": lambda rng: struct.pack("<I", rng.choice((0, 1, 2**20, rng.randrange(100)))),
    "uint8": lambda rng: struct.pack("<Q", rng.choice((0, 1, 2**40, rng.randrange(100)))),
    "float8": lambda rng: struct.pack(">d", rng.choice((0.0, 1.5, float("nan")))),
    "long1": lambda rng: b"\x01" + rng.randbytes(1),
    "long4": lambda rng: struct.pack("<i", 1) + rng.randbytes(1),
}

CALLS = (b"", b")R", b")\x81", b"(K\x01K\x02tR", b"}b")
"""What is done with a name: nothing, a call, an instance, a call with numbers, a state."""


def argument(opcode: pickletools.OpcodeInfo, rng: random.Random) -> bytes:
    """What may follow `opcode`: a number, a text, or a name of a module and of something in it."""
    if opcode.arg is None:
        return b""
    if opcode.arg.name in ARGUMENTS:
        return ARGUMENTS[opcode.arg.name](rng)
    if "pair" in opcode.arg.name:
        return "\n".join([*rng.choice(NAMES), ""]).encode()
    text = rng.choice((b"1", b"'a'", b"f4", b"O", b"os", b"\xff", b""))
    sizes = {"1": "<B", "4": "<I", "8": "<Q"}
    size = sizes.get(opcode.arg.name[-1])
    return struct.pack(size, len(text)) + text if size else text + b"\n"


def programme(rng: random.Random) -> bytes:
    """A pickle of opcodes, most of which find what they need, as names and tuples come first."""
    opcodes = pickletools.opcodes
    parts = [b"\x80\x04"]
    for _ in range(rng.randrange(1, 40)):
        if rng.random() < 0.3:
            module, name = rng.choice(NAMES)
            parts.append(
                b"c" + f"{module}\n{name}\n".encode() + rng.choice((b"", b")R", b")\x81", b"(K\x01K\x02tR", b"}b"))
            )
        opcode = rng.choice(opcodes)
        parts.append(opcode.code.encode("latin1") + argument(opcode, rng))
    return b"".join([*parts, b"."])


def test_a_random_programme_is_read_or_refused(tmp_path, capfd, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "a.pkl"
    for rng in fuzz.rounds("opcodes"):
        content = programme(rng)
        path.write_bytes(content)
        fuzz.accepts_or_refuses(lambda: score_file.read(path), content)
    assert [file.name for file in tmp_path.iterdir()] == ["a.pkl"]
    assert capfd.readouterr().err == "", "nothing is said beside the line"


HALF_MADE = {
    "an array without a state": b"\x80\x02cnumpy\nndarray\n)\x81.",
    "an array of one": b"\x80\x02]cnumpy\nndarray\n)\x81a.",
    "a type of number without a name": b"\x80\x02cnumpy\ndtype\n)\x81.",
    "a class": b"cnumpy\nndarray\n.",
    "a function": b"cnumpy.core.multiarray\n_reconstruct\n.",
    "a state that is a text": b"\x80\x02cnumpy\nndarray\n)\x81X\x01\x00\x00\x00ab.",
    "a number of 400 digits": pickle.dumps([10**400], 2),
    "a label of 400 digits": pickle.dumps([{"pred_score": [0.0, 1.0], "gt_label": 2**80}], 2),
    "a name that is an array": b"\x80\x02}cnumpy\nndarray\n)\x81K\x01s.",
    "bytes that are cut": b"\x80\x05\x96\x10\x00\x00\x00\x00\x00\x00\x00abc.",
}


@pytest.mark.parametrize("name", HALF_MADE)
def test_what_is_half_made_is_refused_in_one_line(tmp_path, name, capfd):
    path = tmp_path / "a.pkl"
    path.write_bytes(HALF_MADE[name])
    assert not fuzz.accepts_or_refuses(lambda: score_file.read(path), HALF_MADE[name])
    assert capfd.readouterr().err == ""
