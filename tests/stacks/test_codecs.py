import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from support.videos import moving_dots
from twostream.errors import InputError
from twostream.files import hdf5
from twostream.stacks import codecs

RGB = [frame[..., ::-1].transpose(2, 0, 1) for frame in moving_dots(7)]
FLOW = [128 + (frame[[0, 1]].astype(int) - 128) // 4 for frame in RGB]
VIDEOS = {"rgb": np.array(RGB), "flow": np.array(FLOW, np.uint8)}


@pytest.fixture
def file(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w", libver="latest") as new_file:
        yield new_file


def write(file: h5py.File, name: str, frames: np.ndarray, codec: str, quality: int = 95) -> codecs.Frames:
    group = file.create_group(name)
    codecs.write(group, iter(frames), len(frames), codec, quality)
    assert hdf5.read_text_attr(group, "codec") == codec
    return codecs.open_frames(group.id)


@pytest.mark.parametrize("modality", VIDEOS)
@pytest.mark.parametrize("codec", codecs.LOSSLESS)
def test_a_lossless_codec_gives_back_every_bit(file, modality, codec):
    frames = write(file, "v", VIDEOS[modality], codec)
    assert len(frames) == 7
    assert np.array_equal(frames[0:7], VIDEOS[modality])


@pytest.mark.parametrize("modality", VIDEOS)
def test_jpeg_gives_back_about_what_was_stored(file, modality):
    frames = write(file, "v", VIDEOS[modality], "jpeg")
    assert len(frames) == 7
    assert frames[0:7].shape == VIDEOS[modality].shape
    assert np.abs(frames[0:7].astype(int) - VIDEOS[modality]).mean() < 6


def test_flow_as_jpeg_is_a_grey_picture_for_x_and_one_for_y(file, tmp_path):
    """Another program's decoder reads the stored bytes."""
    frames = write(file, "v", VIDEOS["flow"], "jpeg")
    offset, stream = file["v/offset"][:], file["v/jpeg"][:]
    assert len(offset) == 2 * 7 + 1
    for channel in range(2):
        (tmp_path / "picture.jpg").write_bytes(stream[offset[6 + channel] : offset[7 + channel]].tobytes())
        picture = Image.open(tmp_path / "picture.jpg")
        assert picture.mode == "L"
        assert np.abs(np.asarray(picture).astype(int) - frames[3:4][0, channel]).max() <= 1


def test_jpeg_of_less_quality_is_smaller(file):
    for quality in (30, 95):
        write(file, str(quality), VIDEOS["rgb"], "jpeg", quality)
    assert len(file["30/jpeg"]) < len(file["95/jpeg"])


@settings(max_examples=30)
@given(st.sampled_from([*codecs.LOSSLESS, "jpeg"]), st.sampled_from(sorted(VIDEOS)), st.data())
def test_a_slice_is_a_slice_of_the_whole(tmp_path_factory, codec, modality, data):
    start = data.draw(st.integers(0, 6))
    stop = data.draw(st.integers(start + 1, 7))
    with h5py.File(tmp_path_factory.mktemp("codec") / "a.h5", "w", libver="latest") as file:
        frames = write(file, "v", VIDEOS[modality], codec)
        assert np.array_equal(frames[start:stop], frames[0:7][start:stop])


@pytest.mark.parametrize("codec", [*codecs.LOSSLESS, "jpeg"])
@pytest.mark.parametrize(
    ("count", "words"),
    [(8, "7 of 8 frames"), (6, "more than 6 frames"), (0, "more than 0 frames"), (1, "more than 1")],
)
def test_more_or_fewer_frames_than_indexed_are_refused(file, codec, count, words):
    with pytest.raises(InputError, match=rf"^A/v\.avi: {words}"):
        codecs.write(file.create_group("A/v.avi"), iter(VIDEOS["flow"]), count, codec, 95)


@pytest.mark.parametrize("codec", [*codecs.LOSSLESS, "jpeg"])
@pytest.mark.parametrize("count", [0, 7])
def test_no_frames_are_refused(file, codec, count):
    with pytest.raises(InputError, match=rf"^A/v\.avi: 0 of {count} frames"):
        codecs.write(file.create_group("A/v.avi"), iter(()), count, codec, 95)


@pytest.mark.parametrize("codec", [*codecs.LOSSLESS, "jpeg"])
def test_a_flipped_byte_is_found(tmp_path, codec):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w", libver="latest") as file:
        write(file, "v", VIDEOS["flow"], codec)
        stream = file["v/jpeg" if codec == "jpeg" else "v/dense"]
        place = stream.id.get_chunk_info(0).byte_offset + 60
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)
    with h5py.File(path) as file, pytest.raises(OSError, match="ilter"):
        codecs.open_frames(file["v"].id)[0:7]


@pytest.mark.parametrize("name", ["not a picture", "of another size"])
def test_another_picture_than_was_stored_is_refused(file, name):
    write(file, "v", VIDEOS["rgb"], "jpeg")
    if name == "not a picture":
        file["v/jpeg"][:] = 7
    else:
        file["v/jpeg"].attrs["frame"] = (3, 1, 1)
    with pytest.raises(OSError, match="not the picture"):
        codecs.open_frames(file["v"].id)[0:7]
