"""Runs and draws: `python -m demos` makes the gallery; each page is a script of its own, too."""
