"""Another package has the name of the engine."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("package", ["nets", "techniques"])
@pytest.mark.parametrize("name", ["autograd.py", "autograd/__init__.py"])
def test_a_foreign_autograd_is_named_and_a_fresh_environment_advised(tmp_path, package, name):
    foreign = tmp_path / name
    foreign.parent.mkdir(exist_ok=True)
    foreign.write_text("def grad(f): ...\n")
    root = Path(__file__).parents[1]
    result = subprocess.run(
        [sys.executable, "-c", f"import {package}"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(root)])},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 1
    last = result.stderr.strip().splitlines()[-1]
    assert last.startswith("ImportError: ")
    assert str(foreign) in last
    assert "fresh virtual environment" in last
