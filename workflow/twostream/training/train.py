"""Training of one stream, from top to bottom.

After every epoch all that training needs is saved to a state file, from which an interrupted run goes on exactly.
The weights that are kept are those of the epoch that did best on the watched videos or, with none, of the last one.
"""

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from copy import deepcopy
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, Sampler
from tqdm import tqdm

from twostream.compute import batch_norm, distributed
from twostream.compute.distributed import ProcessGroup
from twostream.compute.hardware import Runtime
from twostream.config.section import pick
from twostream.errors import InputError
from twostream.files import atomic
from twostream.stacks.reader import StackReader
from twostream.streams import consensus, loader
from twostream.streams import network as streams
from twostream.streams.loader import Place
from twostream.training import history, validation
from twostream.training import optimiser as optimisation
from twostream.training.history import Epoch
from twostream.training.optimiser import Optimisation
from twostream.training.validation import Watch
from twostream.videos.index import Video

AUTOCAST = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


@dataclass(frozen=True)
class Recipe:
    """What a batch is and how it is judged, as the stream's section of the configuration says."""

    batch: int
    accumulate: int
    consensus: str
    top_k: int
    partial_bn: bool
    label_smoothing: float
    mixup: float
    precision: str
    seed: int


@dataclass(frozen=True)
class Course:
    """What stays the same all through training."""

    design: streams.Design
    draw: loader.Draw
    recipe: Recipe
    optimisation: Optimisation
    machine: Runtime
    group: ProcessGroup

    @classmethod
    def from_settings(cls, settings: dict[str, Any], machine: Runtime, group: ProcessGroup) -> "Course":
        return cls(
            pick(streams.Design, settings),
            pick(loader.Draw, settings),
            pick(Recipe, settings),
            pick(Optimisation, settings),
            machine,
            group,
        )


@dataclass(frozen=True)
class Files:
    """Where training writes as it goes on: what it resumes from, its table, and TensorBoard's folder."""

    state: Path
    table: Path
    scalars: Path


@dataclass
class Learner:
    """What changes in training. `spread` is `network`, made to work with other processes."""

    network: nn.Module
    spread: nn.Module
    mean: nn.Module | None
    optimiser: torch.optim.Optimizer
    scaler: torch.amp.GradScaler
    epochs: list[Epoch]
    best: dict[str, Tensor]

    @property
    def judged(self) -> nn.Module:
        """The network whose weights are validated and kept: the mean over the steps, where there is one."""
        return self.network if self.mean is None else self.mean


def train(
    reader: StackReader, videos: Sequence[Video], watch: Watch | None, classes: int, course: Course, files: Files
) -> tuple[nn.Module, list[Epoch]]:
    """Train on `videos`; return the network as it was after the best epoch, and all epochs."""
    recipe, machine, group = course.recipe, course.machine, course.group
    clips = loader.TrainingClips(reader, videos, course.design, course.draw)
    order = loader.Order(len(videos), recipe.batch, recipe.seed)
    _check_batches(order, recipe, group)
    torch.manual_seed(recipe.seed)
    learner = begin(classes, course)
    share = Share(order, recipe.accumulate, group)
    batches = loader.load(clips, share, machine.loader_workers, machine.device)
    _resume(files.state, learner, machine, group)
    for order.epoch in range(len(learner.epochs), course.optimisation.epochs):
        row = _train_epoch(learner, videos, order, batches, course)
        if watch:
            row = replace(row, validated=watch.judge(learner.judged, machine, group))
        learner.epochs.append(row)
        if history.best(learner.epochs) == order.epoch:
            learner.best = _kept(learner.judged)
        random = group.all_gather(machine.random_state())
        if group.is_rank_zero:
            _save(files.state, learner, random)
            history.write(files.table, learner.epochs, validation.chosen_on(watch))
            history.write_scalars(files.scalars, row)
    if group.is_rank_zero:  # Where training had ended before, and what it had told is gone.
        history.write(files.table, learner.epochs, validation.chosen_on(watch))
    learner.judged.load_state_dict(learner.best)
    return learner.judged, learner.epochs


def begin(classes: int, course: Course) -> Learner:
    """A network that has learnt nothing yet, and what it learns with."""
    recipe, how, machine, group = course.recipe, course.optimisation, course.machine, course.group
    network = streams.build(course.design, classes, zero_residuals=not recipe.partial_bn)
    if group.size > 1:
        network = batch_norm.synchronise_batch_norm(network, machine.device)
        torch.manual_seed(recipe.seed + group.rank)  # Not the same dropout in every process.
    streams.set_training(network, recipe.partial_bn)
    mean = machine.prepare(deepcopy(network)) if how.ema else None
    machine.prepare(network)
    scaler = torch.amp.GradScaler(machine.device.type, enabled=recipe.precision == "float16")
    optimiser = optimisation.make_optimiser(network, how)
    return Learner(network, group.wrap(network, machine.device), mean, optimiser, scaler, [], {})


def _kept(network: nn.Module) -> dict[str, Tensor]:
    """A copy of the weights on the CPU, with the notes on them that some layers need to load them."""
    weights = network.state_dict()
    for name, value in weights.items():
        weights[name] = value.cpu().clone()
    return weights


class Share(Sampler[list[Place]]):
    """Of each batch of `order`, in `turns` parts one after another, what this process is to do."""

    def __init__(self, order: loader.Order, turns: int, group: ProcessGroup) -> None:
        self.order = order
        self.turns = turns
        self.group = group

    def __len__(self) -> int:
        return len(self.order) * self.turns

    def __iter__(self) -> Iterator[list[Place]]:
        return (
            list(self.group.own_part(batch[turn :: self.turns])) for batch in self.order for turn in range(self.turns)
        )


def _train_epoch(
    learner: Learner,
    videos: Sequence[Video],
    order: loader.Order,
    batches: DataLoader,
    course: Course,
) -> Epoch:
    recipe, machine, group = course.recipe, course.machine, course.group
    streams.set_training(learner.spread, recipe.partial_bn)
    losses = [row.watched_loss for row in learner.epochs]
    meter = Meter()
    loading = iter(batches)  # Starts the loader's processes, which is waiting for data too.
    meter.data_time = meter.seconds
    waiting: list[tuple[Tensor, list[str], int]] = []
    progress = _bar(order, group)
    for step, batch in enumerate(progress):
        lr = optimisation.rate(course.optimisation, order.epoch, (step + 1) / len(order), losses)
        for weights in learner.optimiser.param_groups:
            weights["lr"] = lr
        found = torch.zeros(4, device=machine.device)
        for turn in range(recipe.accumulate):
            asked = time.perf_counter()
            clips, labels = (machine.to_device(part) for part in next(loading))
            meter.data_time += time.perf_counter() - asked
            goes_on = turn < recipe.accumulate - 1
            with distributed.no_sync(learner.spread) if goes_on else nullcontext():
                rng = np.random.default_rng([recipe.seed, order.epoch, step, turn, group.rank])
                loss, seen = _forward(learner.spread, clips, labels, course, rng)
                # Processes average their gradients, and the loss is a mean over the videos of them all.
                learner.scaler.scale(loss * group.size / len(batch)).backward()
            found += seen
        _update(learner, course.optimisation)
        waiting.append((found, [videos[place].id for _, place in batch], step))
        late = int(step + 1 < len(order))  # A step, so as not to wait for the device.
        while len(waiting) > late:
            meter.add(*waiting.pop(0))
        progress.set_postfix_str(meter.told(step + 1, lr), refresh=False)
    loss_sum, right1, right5, count = group.all_reduce(meter.totals)
    batch_time, data_time = (round(spent / len(order), 4) for spent in (meter.seconds, meter.data_time))
    percent = 100 / count
    return Epoch(order.epoch + 1, batch_time, data_time, loss_sum / count, percent * right1, percent * right5, lr)


def _bar(order: loader.Order, group: ProcessGroup) -> "tqdm[list[Place]]":
    label = f"epoch {order.epoch + 1}"
    return tqdm(order, label, unit="step", mininterval=2, file=sys.stderr, disable=not group.is_rank_zero)


def _forward(
    network: nn.Module, clips: Tensor, labels: Tensor, course: Course, rng: np.random.Generator
) -> tuple[Tensor, Tensor]:
    """The loss, summed over the videos of uint8 `clips` (videos, segments, channels, height, width), and what is
    counted of them (4,): loss, right at once, right within five, videos."""
    recipe, machine = course.recipe, course.machine
    stacks = streams.normalise(clips.flatten(0, 1), course.design)
    share, partner = mixing(len(labels), recipe.mixup, rng)
    if share < 1:
        by_video = stacks.unflatten(0, clips.shape[:2])
        stacks = (share * by_video + (1 - share) * by_video[partner]).flatten(0, 1)
    with torch.autocast(machine.device.type, AUTOCAST[recipe.precision], enabled=recipe.precision != "float32"):
        scores = _scores(network, machine.to_memory_format(stacks)).unflatten(0, clips.shape[:2]).float()
    agreed = consensus.agree(scores, recipe.consensus, recipe.top_k)
    loss = share * _cross_entropy(agreed, labels, recipe)
    if share < 1:
        loss = loss + (1 - share) * _cross_entropy(agreed, labels[partner], recipe)
    with torch.no_grad():
        ranks = (agreed > agreed.gather(1, labels[:, None])).sum(dim=1)
        counted = [loss, (ranks < 1).sum(), (ranks < 5).sum(), torch.ones_like(ranks).sum()]
        return loss, torch.stack([value.float() for value in counted])


def _scores(network: nn.Module, stacks: Tensor) -> Tensor:
    try:
        return network(stacks)
    except ValueError as error:
        if "more than 1 value per channel" not in str(error):
            raise
        raise InputError(
            "batch normalisation needs more than one value: raise this stream's batch, segments or size, or lower "
            "its accumulate"
        ) from error


def mixing(videos: int, alpha: float, rng: np.random.Generator) -> tuple[float, list[int]]:
    """How much of each video stays, and whom it is mixed with: Zhang et al., "mixup", 2018, its share kept above half.

    The larger share is a video's own, so that its label is the one to be right about.
    """
    if not alpha:
        return 1.0, []
    share = float(rng.beta(alpha, alpha))
    return max(share, 1 - share), rng.permutation(videos).tolist()


def _cross_entropy(scores: Tensor, labels: Tensor, recipe: Recipe) -> Tensor:
    return functional.cross_entropy(scores, labels, label_smoothing=recipe.label_smoothing, reduction="sum")


def _update(learner: Learner, how: Optimisation) -> None:
    """Move the weights by their gradients, and their mean with them."""
    if how.clip:
        learner.scaler.unscale_(learner.optimiser)
        nn.utils.clip_grad_norm_(learner.network.parameters(), how.clip)
    learner.scaler.step(learner.optimiser)
    learner.scaler.update()
    learner.optimiser.zero_grad(set_to_none=True)
    if learner.mean is not None:
        optimisation.follow(learner.mean, learner.network, how.ema)


class Meter:
    """What an epoch has shown so far in this process: sums of loss, right at once, right within five, videos."""

    def __init__(self) -> None:
        self.totals = [0.0] * 4
        self.data_time = 0.0
        self._began = time.perf_counter()

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self._began

    def add(self, found: Tensor, videos: Sequence[str], step: int) -> None:
        """Add what a step has `found`; InputError, naming its `videos`, where their loss is not finite."""
        values = found.tolist()
        if not np.isfinite(values[0]):
            raise InputError(
                f"the training loss is not finite in step {step + 1}: lower this stream's lr or set clip; "
                f"the batch was {', '.join(sorted(videos))}"
            )
        self.totals = [total + value for total, value in zip(self.totals, values, strict=True)]

    def told(self, steps: int, lr: float) -> str:
        loss, right1, right5, count = self.totals
        count = max(count, 1)
        return (
            f"batch {self.seconds / steps:.2f} s, data {self.data_time / steps:.3f} s, loss {loss / count:.3f}, "
            f"top-1 {100 * right1 / count:.1f}, top-5 {100 * right5 / count:.1f}, lr {lr:.2g}"
        )


def _check_batches(order: loader.Order, recipe: Recipe, group: ProcessGroup) -> None:
    """Every process needs a video in every part of every batch."""
    smallest = order.videos // order.batches
    if smallest < recipe.accumulate * group.size:
        raise InputError(
            f"a batch of {smallest} videos cannot be divided into {recipe.accumulate} parts (accumulate) for "
            f"{group.size} devices (compute.devices, of all nodes): lower one of them or raise the stream's batch"
        )


def _save(path: Path, learner: Learner, random: Sequence[list[Tensor]]) -> None:
    state: dict[str, Any] = {
        "network": learner.network.state_dict(),
        "mean": {} if learner.mean is None else learner.mean.state_dict(),
        "optimiser": learner.optimiser.state_dict(),
        "scaler": learner.scaler.state_dict(),
        "epochs": [asdict(row) for row in learner.epochs],
        "best": learner.best,
        "random": list(random),
    }
    with atomic.replacing(path) as beside:
        torch.save(state, beside)


def _resume(path: Path, learner: Learner, machine: Runtime, group: ProcessGroup) -> None:
    """Go on from the state at `path`, if it is there and whole."""
    if not path.exists():
        return
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # whatever torch.load says of a damaged file
        tqdm.write(f"{path} is damaged ({type(error).__name__}): training begins anew", file=sys.stderr)
        return
    learner.network.load_state_dict(state["network"])
    if learner.mean is not None:
        learner.mean.load_state_dict(state["mean"])
    learner.optimiser.load_state_dict(state["optimiser"])
    learner.scaler.load_state_dict(state["scaler"])
    learner.epochs = [Epoch.from_dict(row) for row in state["epochs"]]
    learner.best = state["best"]
    if group.rank < len(state["random"]):
        machine.set_random_state(state["random"][group.rank])
