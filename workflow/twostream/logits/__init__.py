"""Scores as files: ours and other systems'.

In: a trained stream, or a score file; out: `logits.h5`. Begin with `logits_file`.
"""
