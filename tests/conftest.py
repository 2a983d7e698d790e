"""What the tests share: where the real data lies, and Hypothesis's settings."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# The suite runs on shared two-core machines, where one slow example says nothing about the code;
# and it must give the same verdict twice, so the examples are derived from the test's name.
settings.register_profile(
    "backlight",
    deadline=None,
    derandomize=True,
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("backlight")


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of real data sets: `BACKLIGHT_DATA`, else `../shared/data` beside the project."""
    named = os.environ.get("BACKLIGHT_DATA")
    folder = Path(named) if named else Path(__file__).parents[1].parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no real data: {folder} is not a folder (set BACKLIGHT_DATA)")
    return folder
