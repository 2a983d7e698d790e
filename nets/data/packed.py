"""Files that may be packed with gzip or not, read the same way."""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import BinaryIO

GZIP_MAGIC = b"\x1f\x8b"  # RFC 1952


@contextmanager
def open_unpacked(path: Path) -> Iterator[BinaryIO]:
    """Opens a file to read its bytes, unpacked if they are gzip's (told by them, not by the name).

    gzip keeps its checksum at the end, so only who reads to the end knows that the file is whole.

    Raises ValueError if `path` is a folder and, whenever it shows, if it is a damaged or truncated
    gzip file; FileNotFoundError if there is none.
    """
    if path.is_dir():
        raise ValueError(f"{path} is a folder, expected a file")
    with path.open("rb") as file:
        packed = file.read(len(GZIP_MAGIC)) == GZIP_MAGIC
        file.seek(0)
        try:
            with gzip.open(file) if packed else nullcontext(file) as content:
                yield content
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise ValueError(f"{path}: damaged or truncated gzip file ({error})") from error
