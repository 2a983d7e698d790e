"""Writing a file whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

AnyPath = str | os.PathLike[str]


def check_target(path: AnyPath, suffix: str) -> Path:
    """`path`, if a file that ends in `suffix` could be written there.

    Raises:
        ValueError: `path` does not end in `suffix`.
        FileNotFoundError: the folder of `path` does not exist.
        IsADirectoryError: `path` is a folder.
    """
    path = Path(path)
    if path.suffix != suffix:
        raise ValueError(f"{path}: expected a file name that ends in {suffix}")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{path}: there is no folder {path.parent}; make it first")
    if path.is_dir():
        raise IsADirectoryError(f"{path}: expected a file, this is a folder")
    return path


@contextmanager
def open_atomically(path: Path) -> Iterator[BinaryIO]:
    """A file to write, which takes the place of `path` when the block ends, unless that fails.

    Who reads at `path` meanwhile finds the old file or the new one, never half of one.
    """
    # Beside the target, because os.replace is atomic only within one file system.
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            yield file
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_atomically(path: Path, content: bytes) -> None:
    """Put `content` at `path`, whole or not at all."""
    with open_atomically(path) as file:
        file.write(content)
