"""What the README shows does what it says."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def test_the_complete_test_file_passes(tmp_path):
    (block,) = (block for block in BLOCKS if "@given" in block)
    (tmp_path / "test_mine.py").write_text(block)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert "2 passed" in done.stdout, done.stdout + done.stderr


def test_a_wrong_rule_is_answered_as_the_readme_says():
    import numpy as np

    from autograd import GradientError, check_grad, op
    from autograd.op import registry

    @op
    def cubed(x):
        return x * x * x

    cubed.rule(x=lambda g, out, x: g * 2 * x * x)
    with pytest.raises(GradientError, match=r"every entry is 0\.66666667 times what it should be"):
        check_grad(cubed, np.array([0.5, -1.0, 2.0]))
    del registry["cubed"]


def test_an_op_takes_ten_lines():
    (block,) = (block for block in BLOCKS if "cube.rule" in block and "@given" not in block)
    names = {}
    exec(block, names)
    from autograd import Tensor, grad
    from autograd.op import registry

    x = Tensor(2.0)
    (g,) = grad(names["cube"](x), [x], create_graph=True)
    assert g.item() == 12
    assert grad(g, x).item() == 12
    del registry["cube"]


def test_the_table_of_demos_names_every_demo_there_is():
    files = [path for path in (ROOT / "demos").glob("*.py") if path.stem != "__main__"]
    there = {path.stem for path in files if "def main(" in path.read_text("utf-8")}
    assert set(re.findall(r"^\| `python -m demos\.(\w+)", README, re.MULTILINE)) == there
