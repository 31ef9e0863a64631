"""A picture of a long video by time, as SVG: the most probable class of each window, and how probable it is.

The picture has room for some hundred bars. Of windows that share a bar, it shows the surest one.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from twostream.predict import segments
from twostream.predict.answers import Guess
from twostream.predict.long_videos import LongAnswer
from twostream.predict.window_tables import clock
from twostream.text import printable

WIDTH, HEIGHT, AXIS, ROW = 1000, 100, 20, 22
"""The width of the picture and the heights of its bars, of the line of times and of a line of the key, in its units."""
MOST_BARS = 500
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9", "#8c6bb1", "#a6761d")
"""Of the classes that are the most probable ones longest: Okabe and Ito's, which the colour-blind can tell apart."""
OTHER = "#8a8a8a"
COLUMNS = 4


@dataclass(frozen=True)
class Bar:
    """A moment of the video, from `start` to `end` in seconds, and what is said of it."""

    start: float
    end: float
    guess: Guess


def draw(video: LongAnswer, class_names: tuple[str, ...]) -> str:
    """Return the picture of `video`, an element of HTML."""
    spans = segments.moments([each.window for each in video.windows])
    guesses = segments.guesses(video, class_names)
    bars = list(_merged([Bar(*moment, guess) for moment, guess in zip(spans, guesses, strict=True)]))
    longest = Counter[str]()
    for bar in bars:
        longest[bar.guess.class_name] += bar.end - bar.start  # type: ignore[assignment]
    colours = {name: colour for (name, _), colour in zip(longest.most_common(), COLOURS, strict=False)}
    rows = -(-(len(colours) + (len(longest) > len(colours))) // COLUMNS)
    parts = [*_bars(bars, colours), *_axis(bars[-1].end), *_key(colours, len(longest) - len(colours))]
    height = HEIGHT + AXIS + ROW * rows
    label = f"The most probable class of each window of {printable(video.video)}"
    head = f'<svg class="timeline" viewBox="0 0 {WIDTH} {height}" width="100%" role="img" aria-label="{escape(label)}">'
    return "\n".join([head, *parts, "</svg>"])


def _merged(bars: Sequence[Bar]) -> Iterator[Bar]:
    """Yield at most MOST_BARS bars, each of as many windows."""
    count = -(-len(bars) // MOST_BARS)
    for first in range(0, len(bars), count):
        together = bars[first : first + count]
        surest = max(together, key=lambda bar: bar.guess.percent)
        yield Bar(together[0].start, together[-1].end, surest.guess)


def _bars(bars: Sequence[Bar], colours: dict[str, str]) -> Iterator[str]:
    total = bars[-1].end or 1.0
    for bar in bars:
        x, width = WIDTH * bar.start / total, WIDTH * (bar.end - bar.start) / total
        height = HEIGHT * bar.guess.percent / 100
        name = printable(bar.guess.class_name)
        title = escape(f"{clock(bar.start)} to {clock(bar.end)}: {name}, {bar.guess.percent:.1f} %")
        place = f'x="{x:.2f}" y="{HEIGHT - height:.2f}" width="{width:.2f}" height="{height:.2f}"'
        yield f'<rect {place} fill="{colours.get(bar.guess.class_name, OTHER)}"><title>{title}</title></rect>'


def _axis(total: float) -> Iterator[str]:
    yield f'<line x1="0" y1="{HEIGHT}" x2="{WIDTH}" y2="{HEIGHT}" stroke="currentColor"/>'
    for fraction, anchor in ((0.0, "start"), (0.25, "middle"), (0.5, "middle"), (0.75, "middle"), (1.0, "end")):
        place = f'x="{WIDTH * fraction:g}" y="{HEIGHT + 15}" text-anchor="{anchor}"'
        yield f'<text {place} font-size="12" fill="currentColor">{clock(total * fraction)}</text>'


def _key(colours: dict[str, str], others: int) -> Iterator[str]:
    """Yield the names of the colours."""
    entries = [(printable(name), colour) for name, colour in colours.items()]
    if others:
        entries.append((f"{others} more", OTHER))
    for number, (name, colour) in enumerate(entries):
        row, column = divmod(number, COLUMNS)
        x, y = column * WIDTH // COLUMNS, HEIGHT + AXIS + 14 + row * ROW
        text = name if len(name) <= 30 else f"{name[:29]}…"
        yield f'<rect x="{x}" y="{y - 10}" width="12" height="12" fill="{colour}"/>'
        yield f'<text x="{x + 17}" y="{y}" font-size="13" fill="currentColor">{escape(text)}</text>'
