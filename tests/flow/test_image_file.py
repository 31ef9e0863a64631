"""Images of flow: whole ones of every kind are read as OpenCV reads them, others are refused."""

import struct
import zlib

import cv2
import numpy as np
import pytest

from twostream.errors import InputError
from twostream.flow import image_file

PICTURE = cv2.GaussianBlur(np.random.default_rng(0).integers(0, 256, (40, 56), np.uint8), (0, 0), 2)
KINDS = {
    "baseline": (".jpg", [cv2.IMWRITE_JPEG_QUALITY, 95]),
    "progressive": (".jpg", [cv2.IMWRITE_JPEG_PROGRESSIVE, 1]),
    "restarts": (".jpg", [cv2.IMWRITE_JPEG_RST_INTERVAL, 2]),
    "png": (".png", []),
}


def encoded(kind: str) -> bytes:
    suffix, options = KINDS[kind]
    return cv2.imencode(suffix, PICTURE, options)[1].tobytes()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("more", [b"", b"\0\0", b"after the end"])
def test_a_whole_image_is_read_as_by_opencv(tmp_path, kind, more):
    path = tmp_path / f"ä{KINDS[kind][0]}"
    path.write_bytes(encoded(kind) + more)
    assert image_file.fault(path.read_bytes()) == ""
    assert np.array_equal(image_file.read(path), cv2.imread(str(path), cv2.IMREAD_GRAYSCALE))


@pytest.mark.parametrize("kind", KINDS)
def test_an_image_is_cut_short_wherever_it_is_cut(kind):
    data = encoded(kind)
    assert {image_file.fault(data[:length]) for length in range(10, len(data))} == {"cut short"}


@pytest.mark.parametrize("kind", KINDS)
def test_an_image_whose_end_is_zeros_is_not_whole(tmp_path, kind):
    data = encoded(kind)
    (tmp_path / "a.jpg").write_bytes(data[: len(data) // 2].ljust(len(data), b"\0"))
    with pytest.raises(InputError, match=r"a\.jpg: is (cut short|not an image that can be read): mend"):
        image_file.read(tmp_path / "a.jpg")


def test_an_end_marker_within_a_segment_is_not_the_end_of_the_file():
    thumbnail = encoded("baseline")
    segment = b"\xff\xe1" + (len(thumbnail) + 2).to_bytes(2) + thumbnail
    data = thumbnail[:2] + segment + thumbnail[2:]
    assert image_file.fault(data) == ""
    assert image_file.fault(data[:-40]) == "cut short"


def test_opencv_alone_takes_a_file_that_is_cut_short(tmp_path):
    data = encoded("baseline")
    (tmp_path / "a.jpg").write_bytes(data[: len(data) // 2])
    assert cv2.imread(str(tmp_path / "a.jpg"), cv2.IMREAD_GRAYSCALE) is not None


def test_a_flipped_bit_of_a_png_file_is_noticed():
    data = bytearray(encoded("png"))
    data[len(data) // 2] ^= 1
    assert image_file.fault(bytes(data)) == "unreadable"


@pytest.mark.parametrize(("data", "fault"), [(b"", "cut short"), (b"I am a text", "unreadable")])
def test_what_is_no_image_has_a_fault(data, fault):
    assert image_file.fault(data) == fault


def test_an_image_that_claims_more_pixels_than_opencv_decodes_is_refused(tmp_path):
    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"")), (b"IEND", b"")]
    parts = [
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    ]
    (tmp_path / "huge.png").write_bytes(image_file.PNG + b"".join(parts))
    with pytest.raises(InputError, match=r"huge\.png: is not an image that can be read"):
        image_file.read(tmp_path / "huge.png")


def test_another_kind_that_opencv_reads_has_none():
    assert image_file.fault(cv2.imencode(".bmp", PICTURE)[1].tobytes()) == ""
