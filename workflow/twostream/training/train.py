"""Training of one stream, from top to bottom: train, train_epoch, save_epoch, train_step, forward, update.

After every epoch all that training needs is saved to a state file, from which an interrupted run goes on exactly.
The weights that are kept are those of the epoch that did best on the validation videos or, without any, of the last.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn

from twostream import console, text
from twostream.compute import distributed
from twostream.compute.distributed import ProcessGroup
from twostream.compute.hardware import Runtime
from twostream.compute.progress import Progress, show
from twostream.errors import InputError
from twostream.stacks.reader import StackReader
from twostream.streams import consensus, device_batches, inputs, loader
from twostream.streams.clips import TrainingClips
from twostream.streams.epoch_order import EpochOrder, SampleIndex
from twostream.streams.graphs import Pass
from twostream.streams.network import set_training
from twostream.training import history, optimiser, validation
from twostream.training.history import Epoch
from twostream.training.learner import Learner, begin
from twostream.training.loss import draw_mixup
from twostream.training.meter import Meter, TimedBatches
from twostream.training.rank_order import RankOrder
from twostream.training.recipe import AUTOCAST, Optimisation, Recipe, TrainingFiles, TrainingSetup
from twostream.training.schedule import learning_rate
from twostream.training.validation import Validator
from twostream.videos.index import Video


def train(
    reader: StackReader,
    videos: Sequence[Video],
    validator: Validator | None,
    classes: int,
    setup: TrainingSetup,
    files: TrainingFiles,
) -> tuple[nn.Module, list[Epoch]]:
    """Train on `videos`; return the network as it was after the best epoch, and the rows of all epochs."""
    setup = setup.weighted([video.label for video in videos], classes)
    processes, chosen_on = setup.processes, validation.chosen_on(validator)
    order = _epoch_order(videos, setup.recipe, processes)
    torch.manual_seed(setup.recipe.seed)
    learner = begin(classes, setup)
    learner.resume(files.state, setup.runtime, processes)
    epochs = range(len(learner.epochs), setup.optimisation.epochs)
    batches, on_device = load_batches(reader, videos, order, epochs, setup)
    validate = validator.start(setup.runtime, processes) if validator else None
    for epoch in epochs:
        order.set_epoch(epoch)
        meter = Meter(batches)
        row = train_epoch(learner, videos, order, on_device, meter, setup)
        if validate:
            row = replace(row, validated=validate(learner.evaluation_network))
        learner.add_epoch(row)
        save_epoch(learner, chosen_on, setup, files, meter.seconds)
    if processes.is_rank_zero:  # The state of a finished training may be there without its table.
        history.write(files.table, learner.epochs, chosen_on)
    learner.evaluation_network.load_state_dict(learner.best)
    return learner.evaluation_network, learner.epochs


def load_batches(
    reader: StackReader, videos: Sequence[Video], order: EpochOrder, epochs: range, setup: TrainingSetup
) -> tuple[TimedBatches, Iterator[tuple[Tensor, ...]]]:
    """Return the batches of all `epochs`, and the clips and labels that they give on the device."""
    runtime = setup.runtime
    clips = TrainingClips(reader, videos, setup.design, setup.clip_sampling, runtime.device_crops)
    own_order = RankOrder(order, epochs, setup.recipe.accumulate, setup.processes)
    batches = TimedBatches(loader.load(clips, own_order, runtime.loader_workers, runtime.pins_batches))
    return batches, device_batches.prepared(batches, partial(clips.prepare, runtime=runtime), runtime)


def train_epoch(
    learner: Learner,
    videos: Sequence[Video],
    order: EpochOrder,
    batches: Iterator[tuple[Tensor, ...]],
    meter: Meter,
    setup: TrainingSetup,
) -> Epoch:
    """Train on the videos of one epoch, by the next of the `batches`; return the epoch's row of the table."""
    set_training(learner.ddp_network, setup.recipe.partial_bn)
    losses = [row.monitored_loss for row in learner.epochs]
    progress = _progress(order, setup)
    for step, batch in enumerate(progress):
        lr = learning_rate(setup.optimisation, order.epoch, (step + 1) / len(order), losses)
        optimiser.set_learning_rate(learner.optimiser, lr)
        counts = train_step(learner, batches, len(batch), (order.epoch, step), setup)
        meter.add(counts, [videos[sample.position].id for sample in batch], step)
        meter.read(is_last=step + 1 == len(order))
        progress.set_postfix_str(meter.text(step + 1, lr), refresh=False)
    return meter.row(order.epoch, len(order), lr, setup.processes)


def save_epoch(
    learner: Learner, chosen_on: str, setup: TrainingSetup, files: TrainingFiles, seconds: float = 0
) -> None:
    """Write the state after an epoch of so many `seconds`, its row of the table and its scalars, and say it.

    The first process does that.
    """
    random_states = setup.processes.all_gather(setup.runtime.random_state())
    if setup.processes.is_rank_zero:
        learner.save(files.state, random_states)
        history.write(files.table, learner.epochs, chosen_on)
        history.write_scalars(files.scalars, learner.epochs[-1])
        epochs = setup.optimisation.epochs
        rest = seconds * (epochs - len(learner.epochs))
        console.inform(learner.epochs[-1].text(epochs) + (f"; {text.roughly(rest)} left" if rest else ""))


def train_step(
    learner: Learner,
    batches: Iterator[tuple[Tensor, ...]],
    videos: int,
    position: tuple[int, int],
    setup: TrainingSetup,
) -> Tensor:
    """Move the weights once, by the gradients of one batch of `videos` in all processes; return its counts (4,).

    This process's part of it comes from `batches` in `accumulate` parts. `position`, epoch and step, seeds mixup.
    """
    recipe, processes = setup.recipe, setup.processes
    counts = torch.zeros(4, device=setup.runtime.device)
    for part in range(recipe.accumulate):
        clips, labels = next(batches)
        is_last = part == recipe.accumulate - 1
        with nullcontext() if is_last else distributed.no_sync(learner.ddp_network):
            rng = np.random.default_rng([recipe.seed, *position, part, processes.rank])
            loss, part_counts = forward(learner.passes, clips, labels, setup, rng)
            # Processes average their gradients, and the loss is a mean over the videos of them all.
            learner.scaler.scale(loss * processes.size / videos).backward()
        counts += part_counts
    update(learner, setup.optimisation)
    return counts


def forward(
    network: Pass, clips: Tensor, labels: Tensor, setup: TrainingSetup, rng: np.random.Generator
) -> tuple[Tensor, Tensor]:
    """Return the loss and the counts of uint8 `clips` (videos, segments, channels, height, width).

    The loss is summed over the videos; the counts (4,) are: loss, right at first, right within five, videos.
    """
    recipe, runtime = setup.recipe, setup.runtime
    mixup = draw_mixup(len(labels), recipe.mixup, rng).to_device(runtime)
    stacks = mixup.mix(over_segments(partial(inputs.prepare, design=setup.design, runtime=runtime), clips))
    with autocast(recipe, runtime):
        by_segment = over_segments(partial(_scores, network, runtime=runtime), stacks).float()
    scores = consensus.combine(by_segment, recipe.consensus, recipe.top_k)
    loss = mixup.loss(scores, labels, recipe.label_smoothing, setup.class_weights)
    with torch.no_grad():
        ranks = (scores > scores.gather(1, labels[:, None])).sum(dim=1)
        counts = [loss, (ranks < 1).sum(), (ranks < 5).sum(), torch.ones_like(ranks).sum()]
        return loss, torch.stack([count.float() for count in counts])


def autocast(recipe: Recipe, runtime: Runtime) -> torch.autocast:
    """Return the context of a forward pass in the recipe's precision.

    It keeps no weights that it has cast, which a pass that is recorded may not.
    """
    is_mixed = recipe.precision != "float32"
    return torch.autocast(runtime.device.type, AUTOCAST[recipe.precision], enabled=is_mixed, cache_enabled=False)


def update(learner: Learner, optimisation: Optimisation) -> None:
    """Move the weights by their gradients, and their moving average with them."""
    if optimisation.clip:
        learner.scaler.unscale_(learner.optimiser)
        nn.utils.clip_grad_norm_(learner.network.parameters(), optimisation.clip)
    learner.scaler.step(learner.optimiser)
    learner.scaler.update()
    learner.optimiser.zero_grad(set_to_none=True)
    if learner.ema_network is not None:
        optimiser.update_ema(learner.ema_network, learner.network, optimisation.ema)


def over_segments(function: Callable[[Tensor], Tensor], values: Tensor) -> Tensor:
    """Return (videos, segments, ...): `function`, which takes a batch, of all segments of `values` at once."""
    by_segment: Tensor = function(values.flatten(0, 1)).unflatten(0, values.shape[:2])
    return by_segment


def _scores(network: Pass, stacks: Tensor, runtime: Runtime) -> Tensor:
    try:
        return inputs.forward(network, stacks, runtime)
    except ValueError as error:
        if "more than 1 value per channel" not in str(error):
            raise
        raise InputError(
            "this stream",
            "batch normalisation needs more than one value",
            "raise the stream's batch, segments or size, or lower its accumulate",
        ) from error


def _progress(order: EpochOrder, setup: TrainingSetup) -> Progress[list[SampleIndex]]:
    label = f"epoch {order.epoch + 1} of {setup.optimisation.epochs}"
    return show(order, label, "step", disable=not setup.processes.is_rank_zero)


def _epoch_order(videos: Sequence[Video], recipe: Recipe, processes: ProcessGroup) -> EpochOrder:
    """Return the order of `videos` in the epochs; InputError where a process has no video in a part of a batch."""
    labels = None if recipe.class_sampling == "none" else [video.label for video in videos]
    order = EpochOrder(len(videos), recipe.batch, recipe.seed, labels)
    smallest = order.videos // order.batches
    if smallest < recipe.accumulate * processes.size:
        raise InputError(
            "this stream",
            f"a batch of {text.counted(smallest, 'video')} cannot be divided into {recipe.accumulate} parts "
            f"(accumulate) for {text.counted(processes.size, 'device')} (compute.devices, of all nodes)",
            "lower one of them, or raise the stream's batch",
        )
    return order
