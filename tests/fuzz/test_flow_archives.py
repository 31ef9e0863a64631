"""Archives of flow images: odd names, odd images, damaged ones."""

import cv2
import numpy as np

from support import fuzz
from support.videos import entry
from twostream.flow import archive

ROOTS = ("u", "v", "Jump", "", "..u", "U")
VIDEOS = ("v_A_g01", "V_a_g01", "a\x1bb", "v_A_g01.avi", "é", "e\u0301")
IMAGES = (
    *("frame000001.png", "frame1.png", "frame000002.jpg", "flow_x_00001.png", "flow_y_00001.png", "flow_x_1.PNG"),
    *("frame" + "9" * 60 + ".png", "frame-1.png", "frame000001.txt", "flow_x_.png", "frame\u0661.png"),
)


def read(root) -> None:
    video = entry("Jump/v_A_g01.avi", frames=2, width=24, height=16)
    good, _ = archive.match(archive.scan(root), [video])
    for images in good.values():
        list(archive.fields(images, 20.0))


def test_archives(tmp_path):
    contents = [cv2.imencode(suffix, np.full((16, 24), 130, np.uint8))[1].tobytes() for suffix in (".png", ".jpg")]
    for number, rng in enumerate(fuzz.rounds("archive")):
        root = tmp_path / str(number)
        names = []
        for _ in range(rng.randrange(1, 8)):
            file = root / rng.choice(ROOTS) / rng.choice(VIDEOS) / rng.choice(IMAGES)
            file.parent.mkdir(parents=True, exist_ok=True)
            content = rng.choice(contents)
            file.write_bytes(content if rng.random() < 0.5 else fuzz.mutated(content, rng))
            names.append(str(file.relative_to(root)))
        fuzz.accepts_or_refuses(lambda root=root: read(root), names)
