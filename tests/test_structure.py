"""The house: imports go downwards only, one file knows CuPy, and what is public says what it is."""

import ast
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import autograd
from autograd.op import registry

ROOT = Path(__file__).parents[1]
FOLDERS = ("autograd", "nets", "techniques", "demos")

# What each folder may import of the four.
BELOW = {
    "autograd": {"autograd"},
    "nets": {"autograd", "nets"},
    "techniques": {"autograd", "techniques"},
    "demos": {"autograd", "nets", "techniques", "demos"},
}
LIBRARIES = {"numpy", "matplotlib", "PIL", "tqdm"}

FILES = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imported(path: Path) -> set[str]:
    """The top-level packages that a file imports from outside of its own folder."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add(node.module.partition(".")[0])
        elif isinstance(node, ast.ImportFrom):
            # `from ..x` in a/b.py would leave the folder a.
            assert node.level < len(path.relative_to(ROOT).parts), (
                f"{path}: import leaves the folder"
            )
    return found


def test_the_four_folders_have_files():
    assert {path.relative_to(ROOT).parts[0] for path in FILES} == set(FOLDERS)


@pytest.mark.parametrize("path", FILES, ids=named)
def test_imports_go_downwards_only(path):
    folder = path.relative_to(ROOT).parts[0]
    assert imported(path) & set(FOLDERS) <= BELOW[folder]


@pytest.mark.parametrize("path", FILES, ids=named)
def test_only_the_four_libraries_are_needed_and_only_one_file_knows_cupy(path):
    allowed = LIBRARIES | set(FOLDERS) | set(sys.stdlib_module_names)
    if named(path) == "autograd/device.py":
        allowed |= {"cupy", "cupyx"}
    if named(path).startswith("autograd/strategies/"):
        allowed |= {"hypothesis"}
    assert imported(path) <= allowed


def test_the_engine_imports_numpy_alone_until_it_is_asked_for_a_picture():
    done = subprocess.run(
        [sys.executable, "-c", "import autograd, sys; print(*sys.modules)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert not {"matplotlib", "PIL", "tqdm", "hypothesis"} & set(done.stdout.split())


TEXTS = [
    *FILES,
    *sorted((ROOT / "tests").rglob("*.py")),
    *(ROOT / name for name in ("README.md", "setup.py", "pyproject.toml", ".ci/run")),
]


@pytest.mark.parametrize("path", TEXTS, ids=named)
def test_no_file_names_a_place_on_one_machine(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"(?<![\w.~<])/(home|Users|root|work)/\w", text)


PUBLIC = {name: getattr(autograd, name) for name in autograd.__all__}


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_name_of_the_engine_has_a_docstring(name):
    assert inspect.getdoc(PUBLIC[name])


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_function_of_the_engine_has_type_hints(name):
    """Inputs that may be Tensors, arrays or numbers go without: see autograd/op.py."""
    tensors = {"x", "xs", "y", "w", "b", "logits", "operands", "mean", "var", "weight", "bias"}
    parameters = inspect.signature(PUBLIC[name]).parameters.values()
    bare = {p.name for p in parameters if p.annotation is p.empty}
    assert bare <= tensors


def test_each_op_is_public_or_the_partner_of_one_that_is():
    inner = set(registry) - set(autograd.__all__)
    assert inner == {"pad_constant", "pool_at", "avg_unpool2d"}
