"""Damage that a decoder conceals is counted, and that of one video is not taken for another's."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import av
import numpy as np
import pytest

from support import encoded
from twostream.videos import decode, error_log, probe

FRAMES = 40


def flip_bits(path: Path, count: int = 20) -> None:
    """Flip bits of the middle half of the file."""
    data = bytearray(path.read_bytes())
    for place in np.random.default_rng(1).integers(len(data) // 4, 3 * len(data) // 4, count):
        data[place] ^= 1 << int(place) % 8
    path.write_bytes(data)


def zero(path: Path) -> None:
    """Overwrite a part of the middle with zeros."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 500] = bytes(500)
    path.write_bytes(data)


def drop_packets(path: Path) -> None:
    """Leave out one packet in seven; the container stays whole."""
    whole = path.rename(path.with_name(f"whole_{path.name}"))
    with av.open(str(whole)) as source, av.open(str(path), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for number, packet in enumerate(source.demux(video=0)):
            if packet.dts is not None and number % 7 != 3:
                packet.stream = stream
                target.mux(packet)


CASES: dict[str, tuple[dict[str, object], Callable[[Path], None], int]] = {
    "vp8.ogv": ({"codec": "libvpx", "options": {"b": "2M", "g": "4"}}, flip_bits, 2),
    "ffv1.mkv": ({"codec": "ffv1", "options": {"level": "3", "slicecrc": "1"}}, flip_bits, 2),
    "palette.gif": ({"codec": "gif", "pixels": "rgb8"}, zero, 1),
    "mjpeg.avi": ({"codec": "mjpeg", "pixels": "yuvj420p"}, flip_bits, 2),
    "msmpeg4.avi": ({"codec": "msmpeg4", "options": {"b": "2M"}}, flip_bits, 2),
    "dropped.mp4": ({"codec": "libx264", "options": {"bf": "3", "crf": "15"}}, drop_packets, 3),
    "checksums.mkv": ({"codec": "libx265", "options": {"x265-params": "log-level=none:hash=1"}}, flip_bits, 2),
}
"""How a video is encoded and damaged, and the damaged frames to find at least."""


@pytest.mark.parametrize("name", CASES)
def test_damage_that_a_decoder_conceals_is_counted(tmp_path, name, capfd):
    how, damage, least = CASES[name]
    path = encoded.write(tmp_path / name, encoded.pictures(FRAMES, 160, 128), **how)
    whole = probe.probe(path)
    damage(path)
    damaged = probe.probe(path)
    assert (whole.frames, whole.damaged, damaged.reason) == (FRAMES, 0, "")
    assert least <= damaged.damaged <= FRAMES
    assert capfd.readouterr() == ("", "")


def test_a_page_that_is_lost_on_opening_is_counted(tmp_path):
    path = encoded.write(
        tmp_path / "a.ogv", encoded.pictures(FRAMES, 160, 128), "libvpx", options={"g": "1", "b": "4M"}
    )
    data = bytearray(path.read_bytes())
    pages = [place for place in range(len(data)) if data.startswith(b"OggS", place)]
    data[pages[2] + 60] ^= 1  # The first page of a picture; two of headers come before.
    path.write_bytes(data)
    assert len(pages) > 4
    assert 0 < probe.probe(path).damaged < FRAMES


def write_with_sound(path: Path) -> Path:
    """Write a video with sound, a page of Ogg for each packet."""
    picture = encoded.write(path.with_name("picture.ogv"), encoded.pictures(FRAMES, 160, 128), "libvpx")
    with av.open(str(picture)) as source, av.open(str(path), "w", container_options={"page_duration": "1"}) as target:
        video = target.add_stream_from_template(source.streams.video[0])
        sound = target.add_stream("libopus", rate=48000, layout="mono")
        noise = np.random.default_rng(0).normal(0, 0.1, (1, 48000 * FRAMES // 25)).astype(np.float32)
        samples = av.AudioFrame.from_ndarray(noise, "flt", "mono")
        samples.sample_rate, samples.pts = 48000, 0
        packets = [*sound.encode(samples), *sound.encode(None)]
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = video
                packets.append(packet)
        for packet in sorted(packets, key=lambda packet: packet.dts * packet.time_base):
            target.mux(packet)
    return path


@pytest.mark.parametrize(("stream", "damaged"), [(0, 1), (1, 0)])
def test_damage_to_the_sound_is_none_of_the_video(tmp_path, stream, damaged):
    path = write_with_sound(tmp_path / "a.ogv")
    frames, whole = list(decode.decode(path, None)), probe.probe(path)
    data = bytearray(path.read_bytes())
    pages = [place for place in range(len(data)) if data.startswith(b"OggS", place)]
    streams = [bytes(data[place + 14 : place + 18]) for place in pages]
    of_stream = [page for page, name in zip(pages, streams, strict=True) if name == streams[stream]]
    data[of_stream[len(of_stream) // 2] + 60] ^= 1
    path.write_bytes(data)
    assert (whole.frames, whole.damaged) == (FRAMES, 0)
    assert probe.probe(path).damaged == damaged
    assert np.array_equal(frames, list(decode.decode(path, None))) == (not damaged)


def test_a_recording_that_begins_between_key_frames_is_whole(tmp_path):
    """The pictures that refer to what came before it are not shown; the decoder complains of them."""
    options = {"x264-params": "open-gop=1:keyint=12:min-keyint=12:scenecut=0:bframes=3", "crf": "15"}
    path = encoded.write(tmp_path / "a.ts", encoded.pictures(FRAMES, 160, 128), "libx264", options=options)
    whole = list(decode.decode(path, None))
    data = path.read_bytes()
    path.write_bytes(data[len(data) * 3 // 8 // 188 * 188 :])
    frames = list(decode.decode(path, None))
    assert np.array_equal(frames, whole[-len(frames) :])
    assert (probe.probe(path).frames, probe.probe(path).damaged) == (len(frames), 0)
    with error_log.watch() as log, av.open(str(path)) as container:
        assert sum(1 for _ in container.decode(video=0)) == len(frames)
        assert log.count()["h264"]


def test_each_of_many_threads_counts_its_own_video(tmp_path):
    paths = []
    for number in range(4):
        path = encoded.write(tmp_path / f"{number}.avi", encoded.pictures(20, 160, 128), "mjpeg", "yuvj420p")
        if number % 2:
            flip_bits(path, 10 * number)
        paths.append(path)
    alone = [probe.probe(path).damaged for path in paths]
    assert alone[0] == alone[2] == 0 < alone[1] < alone[3]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda path: probe.probe(path).damaged, paths * 10))
    assert together == alone * 10
