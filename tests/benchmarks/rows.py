"""All rows: functions that give the work in each library, with their titles as docstrings."""

from . import engine, networks, training

ROWS = [*training.ROWS, *networks.ROWS, *engine.ROWS]
