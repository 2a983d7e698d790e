"""What the tests share: where the real data lies, the devices, and Hypothesis's settings."""

import os
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from autograd.device import device_module

from . import strict

# The suite runs on shared two-core machines, where one slow example says nothing about the code;
# and it must give the same verdict twice, so the examples are derived from the test's name.
settings.register_profile(
    "backlight",
    deadline=None,
    derandomize=True,
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow],
)
# Other examples each time, and many: `python -m pytest --hypothesis-profile=thorough -k kink`.
settings.register_profile(
    "thorough", settings.get_profile("backlight"), derandomize=False, max_examples=1000
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


@pytest.fixture(scope="module", params=["numpy", "strict", "cupy"])
def device(request) -> Iterator[str]:
    """The name of a device: "cpu", and "gpu" with the stand-in for CuPy and with CuPy itself."""
    with strict.installed() if request.param == "strict" else nullcontext():
        name = "cpu" if request.param == "numpy" else "gpu"
        try:
            device_module(name)
        except RuntimeError as error:
            pytest.skip(str(error))
        yield name
