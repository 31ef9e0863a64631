"""Which videos train and which test, and a split of our own that keeps each recording whole."""

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace

from twostream.cache import keys
from twostream.videos.interval import Bounds


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

    `groups` holds the group of each id, `class_of` its class, without which an id is `class/video`.
    Groups are moved to the test subset in the order of a hash of their names, so that a video added
    later moves hardly any other across.
    """
    class_of = class_of or {video: video.split("/")[0] for video in groups}
    names = sorted(set(class_of.values()))
    class_counts: dict[str, Counter[str]] = defaultdict(Counter)
    for video, group in groups.items():
        class_counts[group][class_of[video]] += 1
    test = _test_groups(class_counts, test_fraction, seed)
    subset_of = {video: "test" if group in test else "train" for video, group in groups.items()}
    label_of = {video: names.index(class_of[video]) for video in groups}
    return Split(class_names=tuple(names), subset_of=subset_of, label_of=label_of)


def _test_groups(class_counts: Mapping[str, Counter[str]], test_fraction: float, seed: int) -> set[str]:
    """Return the groups to test on; `class_counts` holds how many videos of each class a group has."""
    totals: Counter[str] = Counter()
    for counts in class_counts.values():
        totals.update(counts)
    quotas = {name: test_fraction * total for name, total in totals.items()}
    groups_left = Counter(name for counts in class_counts.values() for name in counts)
    test_counts: Counter[str] = Counter()
    test: set[str] = set()
    for group in sorted(class_counts, key=lambda name: keys.digest(f"{seed} {name}")):
        classes = class_counts[group]
        # The last group of a class stays for training.
        if all(test_counts[name] < quotas[name] and groups_left[name] > 1 for name in classes):
            test.add(group)
            test_counts.update(classes)
        groups_left.subtract(classes.keys())
    return test
