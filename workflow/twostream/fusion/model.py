"""A fusion with all its parameters, apart from the videos it was fitted on: what fuses videos without labels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twostream.fusion import normalisation, rules
from twostream.fusion.family import Affine, Correction, Kernel
from twostream.fusion.features import values_of
from twostream.metrics import Scores

Samples = Sequence[NDArray[np.float32]]
"""Scores of each stream, (videos, samples, classes); streams may differ in samples."""
KINDS: dict[str, type[Affine] | type[Kernel]] = {"affine": Affine, "kernel": Kernel}
Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, kw_only=True)
class RuleModel:
    """A rule, or weights, on the scores of each stream, normalised and pooled; `rule` is empty where weights are."""

    normalisations: tuple[str, ...]
    pooling: str
    temperatures: tuple[float, ...]
    rule: str = ""
    weights: tuple[float, ...] = ()

    def scores(self, samples: Samples) -> Scores:
        """Return the fused scores (videos, classes)."""
        streams = zip(samples, self.normalisations, self.temperatures, strict=True)
        pooled = [
            rules.pool(normalisation.apply(each.astype(np.float64), name, temperature), name, self.pooling)
            for each, name, temperature in streams
        ]
        return rules.STRATEGIES[self.rule](pooled) if self.rule else rules.weighted(pooled, self.weights)


@dataclass(frozen=True, kw_only=True)
class LearnedModel:
    """A weight for each stream's mean scores, (streams,), and what learned families add, each times its amount."""

    weights: tuple[float, ...]
    corrections: tuple[tuple[float, Correction], ...] = ()

    def scores(self, samples: Samples) -> Scores:
        """Return the fused scores (videos, classes)."""
        means = np.stack([each.mean(axis=1, dtype=np.float64) for each in samples])
        fused: Scores = np.tensordot(np.array(self.weights), means, axes=1)
        values = values_of(means) if self.corrections else means
        for amount, correction in self.corrections:
            fused = fused + amount * correction.of(values)
        return fused


Rule = RuleModel | LearnedModel


@dataclass(frozen=True, kw_only=True)
class FusionModel:
    """The fusion called `name` of `streams`, and the temperatures that make probabilities of scores.

    `labels_of` says in words whose labels had a part in it.
    """

    name: str
    streams: tuple[str, ...]
    rule: Rule
    temperature: float
    stream_temperatures: tuple[float, ...]
    labels_of: str

    def probabilities(self, samples: Samples) -> Scores:
        """Return the probability of each class by all streams, (videos, classes)."""
        return normalisation.softmax(self.rule.scores(samples) / self.temperature)

    def stream_probabilities(self, samples: Samples) -> Scores:
        """Return the probability of each class by each stream alone, (streams, videos, classes)."""
        return np.stack(
            [
                normalisation.softmax(each.mean(axis=1, dtype=np.float64) / temperature)
                for each, temperature in zip(samples, self.stream_temperatures, strict=True)
            ]
        )


def to_values(model: FusionModel) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Return the numbers of `model` as JSON has them, and its arrays by name."""
    values = {
        "name": model.name,
        "streams": list(model.streams),
        "temperature": model.temperature,
        "stream_temperatures": list(model.stream_temperatures),
        "labels_of": model.labels_of,
    }
    if isinstance(model.rule, RuleModel):
        rule = {name: list(value) if isinstance(value, tuple) else value for name, value in vars(model.rule).items()}
        return values | {"rule": rule}, {}
    arrays: dict[str, NDArray[Any]] = {}
    kinds = []
    for number, (amount, correction) in enumerate(model.rule.corrections):
        kinds.append({"kind": type(correction).__name__.lower(), "amount": amount})
        arrays |= {f"{number}.{name}": np.ascontiguousarray(array) for name, array in vars(correction).items()}
    return values | {"learned": {"weights": list(model.rule.weights), "corrections": kinds}}, arrays


def from_values(values: Mapping[str, Any], arrays: Arrays, classes: int) -> FusionModel:
    """Return the model that `to_values` took apart; ValueError, TypeError or KeyError where it is of another form."""
    rule = _rule(values["rule"]) if "rule" in values else _learned(values["learned"], arrays)
    model = FusionModel(
        name=str(values["name"]),
        streams=tuple(map(str, values["streams"])),
        rule=rule,
        temperature=_temperature(values["temperature"]),
        stream_temperatures=tuple(map(_temperature, values["stream_temperatures"])),
        labels_of=str(values["labels_of"]),
    )
    blank = [np.linspace(0, 1, 2 * classes, dtype=np.float32).reshape(1, 2, classes)] * len(model.streams)
    # What has another number of streams or classes, or is not finite, shows here.
    if model.stream_probabilities(blank).shape[0] != len(model.streams):
        raise ValueError("temperatures of other streams")
    fused = model.probabilities(blank)
    if fused.shape != (1, classes) or not np.isfinite(fused).all():
        raise ValueError("the fusion is of other classes, or is not finite")
    return model


def _rule(values: Mapping[str, Any]) -> RuleModel:
    return RuleModel(
        normalisations=tuple(map(str, values["normalisations"])),
        pooling=str(values["pooling"]),
        temperatures=tuple(map(_temperature, values["temperatures"])),
        rule=str(values["rule"]),
        weights=tuple(map(float, values["weights"])),
    )


def _learned(values: Mapping[str, Any], arrays: Arrays) -> LearnedModel:
    corrections: list[tuple[float, Correction]] = []
    for number, entry in enumerate(values["corrections"]):
        kind = KINDS[entry["kind"]]
        own = {field.name: arrays[f"{number}.{field.name}"] for field in fields(kind)}
        corrections.append((float(entry["amount"]), kind(**own)))
    return LearnedModel(weights=tuple(map(float, values["weights"])), corrections=tuple(corrections))


def _temperature(value: Any) -> float:
    temperature = float(value)
    if not 0 < temperature < np.inf:
        raise ValueError("a temperature is not above 0")
    return temperature
