"""Which videos train and which test, and a split of our own that keeps each recording whole."""

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from twostream.cache import keys
from twostream.videos.interval import Bounds

MOST_EXCHANGED = 400
"""Groups up to which each is compared with each; of more, one group is a small part."""
TINY = 1e-9
"""Of a video: what rounding may make of nothing."""


@dataclass(frozen=True, kw_only=True)
class Split:
    """The subset, "train" or "test", and the label of each video id; a label is a position in `class_names`.

    `kind` says whose form its lists have, and is empty for a split of our own, `words` by what it divides where these
    are no split lists. The lists name the videos `unused` too, and give them to neither subset, and the `missing` ones,
    which are left out since no file is called so. Without any subset, it has labels alone, and divides nothing.
    `groups` has the recordings of those videos of which the lists say it, and `bounds` those that are intervals of a
    file.
    """

    class_names: tuple[str, ...]
    subset_of: Mapping[str, str]
    label_of: Mapping[str, int]
    kind: str = ""
    words: str = ""
    unused: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()
    groups: Mapping[str, str] = field(default_factory=dict)
    bounds: Mapping[str, Bounds] = field(default_factory=dict)

    @property
    def divides(self) -> bool:
        """Whether it gives the videos to subsets."""
        return bool(self.subset_of)

    def file_of(self, id: str) -> str:
        """Return the id of the file that the video `id` is, or is an interval of."""
        return self.bounds[id].file if id in self.bounds else id


def restrict(split: Split, class_names: Iterable[str], videos: Container[str]) -> Split:
    """Return the part of `split` that is of its `videos`, which are of the `class_names`, with labels by these."""
    names = tuple(class_names)
    new_label = {split.class_names.index(name): label for label, name in enumerate(names)}
    return replace(
        split,
        class_names=names,
        subset_of={id: subset for id, subset in split.subset_of.items() if id in videos},
        label_of={id: new_label[label] for id, label in split.label_of.items() if id in videos},
    )


def by_group(
    groups: Mapping[str, str], test_fraction: float, seed: int, class_of: Mapping[str, str] | None = None
) -> Split:
    """Divide the videos so that no group is in both subsets and every class, if it can, is in both.

    `groups` holds the group of each id, `class_of` its class, without which an id is `class/video`. The test subset has
    of each class a number of videos near to `test_fraction` of them: no single group that goes to the other subset
    would bring all classes together nearer. Groups are looked at in the order of a hash of their names, so that a video
    added later moves hardly any other.
    """
    class_of = class_of or {video: video.split("/")[0] for video in groups}
    names = sorted(set(class_of.values()))
    class_counts: dict[str, Counter[str]] = defaultdict(Counter)
    for video, group in sorted(groups.items()):  # Sums of numbers depend on their order, if by little.
        class_counts[group][class_of[video]] += 1
    test = _test_groups(class_counts, test_fraction, seed)
    subset_of = {video: "test" if group in test else "train" for video, group in groups.items()}
    labels = {name: label for label, name in enumerate(names)}
    label_of = {video: labels[class_of[video]] for video in groups}
    return Split(class_names=tuple(names), subset_of=subset_of, label_of=label_of)


def _test_groups(class_counts: Mapping[str, Counter[str]], test_fraction: float, seed: int) -> set[str]:
    """Return the groups to test on; `class_counts` holds how many videos of each class a group has."""
    order = sorted(class_counts, key=lambda name: keys.digest(f"{seed} {name}"))
    subset = _TestSubset(class_counts, test_fraction)
    subset.approach(order)
    for name in sorted(subset.groups_of):
        if not subset.tested[name]:
            allowed = [group for group in order if name in class_counts[group] and subset.may_move(group)]
            subset.move(min(allowed, key=subset.cost, default=None))
    subset.approach(order)
    if len(order) <= MOST_EXCHANGED:
        subset.exchange(order)
        subset.approach(order)
    return subset.groups


class _TestSubset:
    """The groups to test on while they are chosen: of each class, how many videos and groups are among them."""

    def __init__(self, class_counts: Mapping[str, Counter[str]], fraction: float) -> None:
        self.class_counts = class_counts
        self.groups: set[str] = set()
        self.groups_of = Counter(name for counts in class_counts.values() for name in counts)
        self.tested: Counter[str] = Counter()
        self._videos: Counter[str] = Counter()
        totals: Counter[str] = Counter()
        for counts in class_counts.values():
            totals.update(counts)
        self._quotas = {name: fraction * total for name, total in totals.items()}

    def approach(self, order: Sequence[str]) -> None:
        """Move groups, each time the next in `order` that brings the classes nearer to the fraction."""
        moved = True
        while moved:
            moved = False
            for group in order:
                if self.cost(group) < -TINY and self.may_move(group):
                    self.move(group)
                    moved = True

    def exchange(self, order: Sequence[str]) -> None:
        """Put for each group to test on another one in its place, if that brings the classes nearer to the fraction."""
        for group in [group for group in order if group in self.groups]:
            gain = self.cost(group)
            self.move(group)
            others = [other for other in order if other != group and other not in self.groups and self.may_move(other)]
            best = min(others, key=self.cost, default=None)
            is_nearer = best is not None and gain + self.cost(best) < -TINY
            self.move(best if is_nearer else group)
            if is_nearer and not all(self.tested[name] for name in self.class_counts[group]):
                self.move(best)
                self.move(group)

    def cost(self, group: str) -> float:
        """Return by how many videos the classes of `group` would be farther from the fraction if it were moved."""
        sign = -1 if group in self.groups else 1
        return sum(
            abs(self._videos[name] + sign * count - self._quotas[name]) - abs(self._videos[name] - self._quotas[name])
            for name, count in self.class_counts[group].items()
        )

    def may_move(self, group: str) -> bool:
        """Return whether each class of `group` keeps a group in the subset that it would be moved from."""
        if group in self.groups:
            return all(self.tested[name] > 1 for name in self.class_counts[group])
        return all(self.groups_of[name] - self.tested[name] > 1 for name in self.class_counts[group])

    def move(self, group: str | None) -> None:
        """Move `group`, if it is one, to the other subset."""
        if group is None:
            return
        counts, names = self.class_counts[group], Counter(dict.fromkeys(self.class_counts[group], 1))
        if group in self.groups:
            self.groups.remove(group)
            self._videos.subtract(counts)
            self.tested.subtract(names)
        else:
            self.groups.add(group)
            self._videos.update(counts)
            self.tested.update(names)
