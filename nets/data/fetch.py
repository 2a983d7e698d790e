"""Where files come from: a folder you name, else the cache, else the network, once.

    BACKLIGHT_DATA    a folder of yours that has `mnist/`, `cifar-10-batches-bin/`, `weights/`
    BACKLIGHT_CACHE   where downloads are kept; `~/.cache/backlight` unless you say otherwise

A file that is there is taken as it is, so a subset or a repacked copy of a data set will do: the
readers check what is inside. What is downloaded must have the right SHA-256.
"""

import hashlib
import os
import tempfile
from http.client import HTTPException
from pathlib import Path
from urllib import request

from tqdm import tqdm

TIMEOUT = 30  # seconds without a byte from the server
BLOCK = 1 << 16  # bytes read at a time


class DownloadError(OSError):
    """A file is needed and could not be downloaded; the message says where to put it by hand."""


def cache_folder() -> Path:
    """The folder that keeps downloads: `BACKLIGHT_CACHE`, else `~/.cache/backlight`."""
    return Path(os.environ.get("BACKLIGHT_CACHE") or "~/.cache/backlight").expanduser()


def folders(folder: str, root: str | os.PathLike[str] | None = None) -> list[Path]:
    """Where the files of the data set `folder` may lie, best first; not all need exist.

    With a `root`, there and in its own `folder`, and nowhere else. FileNotFoundError if there is no
    `root`, ValueError if it is not a folder.
    """
    if root is None:
        data = os.environ.get("BACKLIGHT_DATA")
        homes = [Path(data).expanduser()] if data else []
        return [home / folder for home in (*homes, cache_folder())]
    root = Path(root).expanduser()
    if not root.exists():
        raise FileNotFoundError(f"root: there is no {root}, expected a folder with the data")
    if not root.is_dir():
        raise ValueError(f"root: {root} is a file, expected a folder with the data")
    return [root, root / folder]


def fetch(
    name: str, url: str, sha256: str, *, folder: str, root: str | os.PathLike[str] | None = None
) -> Path:
    """The path of the file `name`, which is downloaded from `url` if nobody has it yet.

    `folder` is the data set's own folder, such as "mnist" or "weights". The file is looked for in
    `root` and nowhere else if there is one; otherwise in `BACKLIGHT_DATA` and the cache, and then
    it is downloaded into the cache. A name that ends in `.gz` may also be there unpacked.

        fetch("net.npz", "https://example.org/net.npz", "9f86d081…", folder="weights")

    Raises FileNotFoundError if `root` lacks it, and DownloadError, which says what to put where, if
    the network does not answer or sends something else.
    """
    places = folders(folder, root)
    for place in places:
        for path in (place / name, place / name.removesuffix(".gz")):
            if path.exists():
                return path
    nowhere = f"{name} is not in {' or '.join(map(str, places))}"
    if root is not None:
        raise FileNotFoundError(nowhere)
    path = cache_folder() / folder / name
    try:
        download(url, sha256, path)
    except DownloadError as error:
        raise DownloadError(
            f"{nowhere}, and the download failed: {error}. "
            f"Get {url} by other means and put it into {path.parent}"
        ) from error
    return path


def download(url: str, sha256: str, path: Path) -> None:
    """Downloads `url` to `path`, showing a progress bar; all of it, or nothing is there.

    The content goes to a temporary folder beside `path` and is moved only when its SHA-256 is
    right, so a download cut short is never taken for the file.

    Raises ValueError for a `url` that is not https, and DownloadError for whatever goes wrong.
    """
    if not url.startswith("https://"):
        raise ValueError(f"download: url is {url}, expected one that begins with https://")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".download-") as scratch:
            part = Path(scratch) / path.name
            found = _stream(url, part)
            if found != sha256:
                raise OSError(f"the SHA-256 is {found}, expected {sha256}")
            os.replace(part, path)
    except (OSError, HTTPException) as error:
        raise DownloadError(f"{url}: {error}") from error


def _stream(url: str, part: Path) -> str:
    """Writes what `url` sends to the file `part` and returns its SHA-256."""
    digest = hashlib.sha256()
    with request.urlopen(url, timeout=TIMEOUT) as response, part.open("wb") as file:
        if not response.url.startswith("https://"):
            raise OSError(f"it leads to {response.url}, expected an https address")
        size = response.length or 0  # a server need not tell
        with tqdm(desc=part.name, total=size or None, unit="B", unit_scale=True) as bar:
            while block := response.read(BLOCK):
                file.write(block)
                digest.update(block)
                bar.update(len(block))
        if file.tell() < size:
            raise OSError(f"the connection ended after {file.tell()} of {size} bytes")
    return digest.hexdigest()
