"""From the scores of streams to one: rules, search, nested selection, findings.

In: logits (`stream_scores`); out: `fusion.json` (`contract`). `candidates` selects, `findings` tells.
Begin with `rules`.
"""
