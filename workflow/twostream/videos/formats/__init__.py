"""The forms in which data sets are published, one a module: from a folder and its own files to rows of videos."""
