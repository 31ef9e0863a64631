"""How large published data sets are, for a plan where their videos are not there yet."""

from collections.abc import Iterator
from dataclasses import dataclass

from twostream.cache import keys
from twostream.videos.index import Index, Video


@dataclass(frozen=True, kw_only=True)
class DataSet:
    """A published data set.

    `train` and `test` are numbers of videos, `frames` those of all videos and `longest` those of the longest one;
    `width` and `height` are in pixels. The videos of a class are cut from so many `recordings`, None where each video
    is a recording of its own. `source` says where the numbers are from.
    """

    classes: int
    train: int
    test: int
    frames: int
    longest: int
    width: int
    height: int
    fps: float
    recordings: int | None
    source: str

    @property
    def videos(self) -> int:
        """How many videos are used."""
        return self.train + self.test


DATA_SETS = {
    "ucf101": DataSet(
        classes=101,
        train=9_537,
        test=3_783,
        frames=2_483_295,
        longest=1_776,
        width=320,
        height=240,
        fps=25.0,
        recordings=25,
        source="its 13,320 videos, decoded; split 1",
    ),
    "hmdb51": DataSet(
        classes=51,
        train=3_570,
        test=1_530,
        frames=5_100 * 95,
        longest=1_063,
        width=320,
        height=240,
        fps=30.0,
        recordings=None,
        source="5,100 of its 6,766 videos, which split 1 lists, of 95 frames on average: rounded",
    ),
    "kinetics400": DataSet(
        classes=400,
        train=246_245,
        test=20_000,
        frames=266_245 * 275,
        longest=300,
        width=340,
        height=256,
        fps=27.5,
        recordings=None,
        source="published counts; 10 s at 25 to 30 frames a second, taken as 275; kept at 340 x 256",
    ),
}
"""By name.

ucf101: Soomro, Zamir and Shah, "UCF101", CRCV-TR-12-01, 2012; frames are those that decoding gives.
hmdb51: Kuehne et al., "HMDB: a large video database for human motion recognition", ICCV 2011: 70 videos of a class are
trained on and 30 tested; it is at 30 frames a second and 240 pixels high. Frames are an average, of three seconds.
kinetics400: Kay et al., "The Kinetics human action video dataset", arXiv:1705.06950, 2017: 306,245 videos of 10 s, of
which 50 of a class validate and 100 of a class test. Their test labels are not published: the validation videos are
tested, and the test videos are not used.
"""


def name_in(*texts: object) -> str | None:
    """Return the name of the data set that one of `texts` names, the first that does; None where none does."""
    for text in texts:
        letters = "".join(letter for letter in str(text or "").lower() if letter.isalnum())
        for name, start in (("ucf101", "ucf101"), ("hmdb51", "hmdb"), ("kinetics400", "kinetics")):
            if start in letters:
                return name
    return None


def index(name: str) -> Index:
    """Return an index of as many videos, frames and recordings as the data set called `name` has."""
    classes = tuple(f"C{number:03d}" for number in range(DATA_SETS[name].classes))
    return Index(classes, tuple(_videos(DATA_SETS[name], classes)), ())


def _videos(data: DataSet, classes: tuple[str, ...]) -> Iterator[Video]:
    """Yield the videos: one is the longest, the others are alike."""
    usual, more = divmod(data.frames - data.longest, data.videos - 1)
    for number in range(data.videos):
        label, turn = number % data.classes, number // data.classes
        group = f"g{turn % data.recordings if data.recordings else turn:05d}"
        id = f"{classes[label]}/v_{group}_c{number:06d}.avi"
        yield Video(
            id=id,
            label=label,
            subset="train" if number < data.train else "test",
            group=group,
            frames=data.longest if number == 0 else usual + (number <= more),
            width=data.width,
            height=data.height,
            fps=data.fps,
            digest=keys.digest(id, 16),
        )
