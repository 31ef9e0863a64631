"""Two-stream action recognition, every expensive step cached. docs/library.md shows what can be called."""

__version__ = "0.1.0"
__all__ = [
    "StackDataset",
    "compute_flow",
    "flow_in_pixels",
    "fuse_scores",
    "load_model",
    "open_stacks",
    "predict_videos",
    "read_features",
    "read_logits",
]


def __getattr__(name: str) -> object:
    """Return what `import twostream` offers: its module is imported when it is first asked for."""
    from importlib import import_module

    if name not in __all__:
        raise AttributeError(f"module 'twostream' has no attribute {name!r}")
    return getattr(
        import_module("twostream.streams.stack_dataset" if name == "StackDataset" else "twostream.api"), name
    )
