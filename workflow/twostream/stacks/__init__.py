"""From frames or flow to stacks: stored once in shards, read as slices.

In: frames (C, H, W); out: stacks (length, C, H, W). Begin with `reader`.
"""
