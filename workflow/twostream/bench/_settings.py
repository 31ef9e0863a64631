"""Default settings for benchmarks that read no YAML: the defaults of the schema, for a stream of flow.

The tests compare them with the schema.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

TVL1_DEFAULTS: Mapping[str, Any] = MappingProxyType(
    {
        "tau": 0.25,
        "lambda": 0.15,
        "theta": 0.3,
        "scales": 5,
        "scale_step": 0.8,
        "warps": 5,
        "epsilon": 0.01,
        "inner_iterations": 30,
        "outer_iterations": 10,
        "median_filter": 5,
    }
)
BOUND = 20
"""Pixels at which stored flow is clipped."""

STREAM: Mapping[str, Any] = MappingProxyType(
    {
        "architecture": "resnet101",
        "pretrained": "none",
        "modality": "flow",
        "stack": 10,
        "size": 224,
        "dropout": 0,
        "partial_bn": False,
        "scaling": "centred",
        "segments": 1,
        "sampling": "segments",
        "consensus": "average",
        "top_k": 2,
        "crop": "random",
        "smallest_crop": 0.75,
        "largest_crop": 1,
        "positions": 13,
        "colour_jitter": 0,
        "epochs": 2,
        "batch": 32,
        "accumulate": 1,
        "optimiser": "sgd",
        "lr": 0.01,
        "momentum": 0.9,
        "weight_decay": 0,
        "schedule": "constant",
        "steps": [],
        "patience": 3,
        "warmup": 0,
        "clip": None,
        "ema": 0,
        "class_weights": "none",
        "class_sampling": "none",
        "label_smoothing": 0,
        "mixup": 0,
        "precision": "auto",
        "seed": 0,
    }
)
