"""What the name of a file says: a video, no video, hidden, a split list. Nothing is opened."""

import re
import unicodedata
from pathlib import PurePath


def _suffixes(text: str) -> frozenset[str]:
    return frozenset(f".{suffix}" for suffix in text.split())


VIDEO_SUFFIXES = _suffixes(
    """
    3g2 3gp 3gpp amv asf avi bik divx dv dvr-ms f4v flv h264 h265 hevc ivf m1v m2p m2t m2ts m2v m4v mjpeg mjpg mkv mod
    mov mp4 mpe mpeg mpg mpv mts mxf nsv nut obu ogm ogv qt rm rmvb tod ts vob webm wm wmv wtv xvid y4m
    """
)
"""Suffixes of files that are to be videos, in small letters: one that cannot be decoded is a bad video."""

OTHER_SUFFIXES = _suffixes(
    """
    txt csv tsv md rst json jsonl yaml yml xml html htm css js py ipynb sh bat m log ini cfg toml tex pdf doc docx rtf
    xls xlsx ods odt srt sub ass ssa vtt sbv lrc nfo url lnk m3u m3u8 pls mpd cue edl sdp ffconcat concat
    jpg jpeg png bmp tif tiff webp ppm pgm pbm pnm heic heif svg ico raw psd xcf exr hdr thm
    wav mp3 flac aac m4a wma opus aif aiff mid midi
    npy npz pkl pickle h5 hdf5 mat pt pth onnx flo db sqlite parquet bin xmp lrv idx ifo bup eaf arff
    zip tar gz tgz bz2 xz zst 7z rar iso md5 sha1 sha256 par2 torrent
    part partial crdownload download aria2 ytdl tmp temp swp bak old lock
    """
)
"""Suffixes of files that are no videos, in small letters: texts, lists of what to play, images, sound, data, archives,
and what is not whole yet. A file of any other suffix is opened to tell.
"""

SYSTEM_FOLDERS = frozenset(
    [
        "@eadir",
        "@recycle",
        "@recently-snapshot",
        "@sharebin",
        "@tmp",
        "#recycle",
        "#snapshot",
        "$recycle.bin",
        "recycler",
        "system volume information",
        "lost+found",
        "__macosx",
        "__pycache__",
    ]
)
"""Folders, in small letters, that systems and network storage make among the files of users."""

LIST = re.compile(r"classInd\.txt|(train|test)list\d\d\.txt|.+_test_split\d+\.txt")
"""The name of a split list, as UCF101 and HMDB51 have them."""


def is_video(name: str) -> bool:
    """Return whether a file called `name` is to be a video, by its suffix."""
    return suffix(name) in VIDEO_SUFFIXES


def is_other(name: str) -> bool:
    """Return whether a file called `name` is no video, by its suffix or as an editor's copy."""
    return suffix(name) in OTHER_SUFFIXES or name.endswith("~") or name in ("Thumbs.db", "Icon\r")


def is_system_folder(name: str) -> bool:
    """Return whether a folder called `name` is a system's own."""
    return name.lower() in SYSTEM_FOLDERS


def is_list(name: str) -> bool:
    """Return whether a file called `name` is a split list."""
    return LIST.fullmatch(name) is not None


def suffix(name: str) -> str:
    """Return the suffix of `name`, in small letters, with its dot."""
    return PurePath(name).suffix.lower()


def without_suffix(name: str) -> str:
    """Return `name` without the suffix of a video, if it has one."""
    return name[: -len(suffix(name))] if is_video(name) else name


def composed(name: str) -> str:
    """Return `name` in the form of Unicode that composes letters and accents: macOS stores them apart."""
    return unicodedata.normalize("NFC", name)
