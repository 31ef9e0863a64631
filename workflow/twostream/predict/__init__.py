"""Answers for videos without labels, by a model that is one file."""
