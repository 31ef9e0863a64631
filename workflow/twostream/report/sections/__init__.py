"""The sections of the pages: each takes the report's numbers and returns what its template shows.

In: a `Report`; out: tables, plots and words by name, or None where there are no numbers. Begin with `result`.
"""
