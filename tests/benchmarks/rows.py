"""All rows: functions that give the work in each library, with their titles as docstrings."""

from . import engine, networks, training

WITH_MEMORY = [*training.ROWS, *networks.ROWS]
ROWS = [*WITH_MEMORY, *engine.ROWS]
