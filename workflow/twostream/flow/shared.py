"""One solver on a device for all videos of a job: their pairs of frames fill its batches together.

Each video is decoded in a thread of its own and gets its own flow, in order; only the solver sees pairs of several
videos. The solver has to promise that the flow of a pair does not depend on the other pairs in its batch.
"""

from collections import deque
from collections.abc import Callable, Iterator
from itertools import pairwise
from threading import Condition, Thread

from twostream.flow.parameters import Grey, Pair
from twostream.flow.quantise import Stored

PairSolver = Callable[[Iterator[Pair | None]], Iterator[Stored]]
"""Yields the flow of each pair, in order, quantised.

All pairs have one size. None among them says that no other is ready: the solver goes on with those that it has.
"""

AHEAD = 4
"""Batches of pairs that are held, at most: in work, waiting for a slow pair before them, or waiting to be fetched."""

RUN = 8
"""Batches of one size that are computed before videos of another size have their turn."""


class _Video:
    """A video whose flow is computed.

    `flow` is done and not fetched yet, in order; `missing` counts the pairs that are handed in and not done. All pairs
    are handed in where it `has_ended`; nobody waits for its flow any more where it `is_left`; `error` is why no more
    flow comes.
    """

    def __init__(self) -> None:
        self.flow: deque[Stored] = deque()
        self.missing = 0
        self.has_ended = False
        self.is_left = False
        self.error: BaseException | None = None


class SharedSolver:
    """A solver that runs in a thread of its own while there are videos, on a bounded number of pairs of frames.

    A pair counts until its flow is fetched, so that memory is bounded however many videos there are. `batch` is the
    number of pairs that the solver takes at once.
    """

    def __init__(self, solver: PairSolver, batch: int) -> None:
        self._solver, self._batch = solver, batch
        self._changed = Condition()
        self._waiting: deque[tuple[_Video, Pair]] = deque()
        self._in_work: deque[_Video] = deque()
        self._held = self._videos = 0
        self._runs = False

    def solve(self, greys: Iterator[Grey]) -> Iterator[Stored]:
        """Yield the flow of one video, quantised; any number of threads may do so at once."""
        video = self._enter()
        feeder = Thread(target=self._feed, args=(video, greys), name="flow-feed", daemon=True)
        feeder.start()
        try:
            while (field := self._fetch(video)) is not None:
                yield field
        finally:
            self._leave(video)
            feeder.join()

    def _enter(self) -> _Video:
        """Return a new video, and start the solver's thread if it does not run."""
        with self._changed:
            self._videos += 1
            if not self._runs:
                self._runs = True
                Thread(target=self._work, name="flow", daemon=True).start()
        return _Video()

    def _feed(self, video: _Video, greys: Iterator[Grey]) -> None:
        """Hand in the pairs of a video as its frames are decoded."""
        try:
            for pair in pairwise(greys):
                if not self._hand_in(video, pair):
                    return
        except BaseException as error:  # It is raised again where the flow is fetched.
            video.error = error
        with self._changed:
            video.has_ended = True
            self._changed.notify_all()

    def _hand_in(self, video: _Video, pair: Pair) -> bool:
        """Wait for room and hand in a pair; False where nobody waits for its flow."""
        with self._changed:
            self._changed.wait_for(lambda: video.is_left or self._held < AHEAD * self._batch)
            if video.is_left:
                return False
            self._held += 1
            video.missing += 1
            self._waiting.append((video, pair))
            self._changed.notify_all()
            return True

    def _fetch(self, video: _Video) -> Stored | None:
        """Wait for the next flow of a video and return it, None after the last; raise the video's error."""
        with self._changed:
            self._changed.wait_for(lambda: video.flow or video.error or (video.has_ended and not video.missing))
            if video.flow:
                self._held -= 1
                self._changed.notify_all()
                return video.flow.popleft()
            if video.error:
                raise video.error
            return None

    def _leave(self, video: _Video) -> None:
        """Forget what a video has handed in; what is in work is dropped when it is done."""
        with self._changed:
            rest = deque(entry for entry in self._waiting if entry[0] is not video)
            self._held -= len(self._waiting) - len(rest) + len(video.flow)
            self._waiting = rest
            video.flow.clear()
            video.is_left = True
            self._videos -= 1
            self._changed.notify_all()

    def _work(self) -> None:
        """Run the solver, for one size of frames after another, while there are videos."""
        while (size := self._next_size()) is not None:
            try:
                for field in self._solver(self._pairs(size)):
                    self._deliver(field)
                if self._in_work:
                    raise RuntimeError(f"the solver left out {len(self._in_work)} pairs")
            except BaseException as error:  # Every video whose flow it was to compute raises it.
                self._fail(error)

    def _next_size(self) -> tuple[int, ...] | None:
        """Wait for a pair and return the size of its frames; None where no video is left: then the thread ends."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or not self._videos)
            if self._waiting:
                return self._waiting[0][1][0].shape
            self._runs = False
            return None

    def _pairs(self, size: tuple[int, ...]) -> Iterator[Pair | None]:
        """Yield pairs of frames of `size`, None where none waits and some are in work.

        They end where no pair is left, or after RUN batches where videos of another size wait.
        """
        count = 0
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._in_work or not self._videos)
                is_over = count >= RUN * self._batch and any(pair[0].shape != size for _, pair in self._waiting)
                entry = None if is_over else self._next_of(size)
                if entry:
                    self._waiting.remove(entry)
                    self._in_work.append(entry[0])
                elif is_over or not self._in_work:
                    return
            count += entry is not None
            yield entry[1] if entry else None

    def _next_of(self, size: tuple[int, ...]) -> tuple[_Video, Pair] | None:
        return next((entry for entry in self._waiting if entry[1][0].shape == size), None)

    def _deliver(self, field: Stored) -> None:
        """Give a video its flow, unless nobody waits for it any more."""
        with self._changed:
            video = self._in_work.popleft()
            if video.is_left:
                self._held -= 1
            else:
                video.flow.append(field)
                video.missing -= 1
            self._changed.notify_all()

    def _fail(self, error: BaseException) -> None:
        """Let the videos that wait for flow raise `error`."""
        with self._changed:
            waiting = [*self._in_work, *(video for video, _ in self._waiting)]
            for video in waiting:
                video.error = video.error or error
            self._held -= len(waiting)
            self._in_work.clear()
            self._waiting.clear()
            self._changed.notify_all()
