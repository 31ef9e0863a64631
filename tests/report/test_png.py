import base64

import cv2
import numpy as np

from twostream.report import png


def test_a_picture_is_read_back_with_its_colours_and_a_transparent_ground():
    indices = np.array([[0, 1, 2], [2, 1, 0]], np.uint8)
    palette = [(255, 255, 255), (200, 30, 40), (1, 2, 3)]
    head, data = png.data_uri(indices, palette).split(",")
    assert head == "data:image/png;base64"
    picture = cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_UNCHANGED)
    assert (picture[..., 2::-1] == np.array(palette)[indices]).all()
    assert (picture[..., 3] == np.where(indices == 0, 0, 255)).all()
