"""From the scores of streams to one: rules, search, nested choice, findings.

In: logits; out: `fusion.json`. Begin with `rules`.
"""
