"""Where files come from: a folder you name, else the cache, else the network, once.

    BACKLIGHT_DATA    a folder of yours that has `mnist/`, `cifar-10-batches-bin/`, `weights/`
    BACKLIGHT_CACHE   where downloads are kept; `~/.cache/backlight` unless you say otherwise

A file that is there is taken as it is, so a subset or a repacked copy of a data set will do: the
readers check what is inside. What is downloaded must have the right SHA-256. A download that was
cut short goes on from there the next time.
"""

import hashlib
import os
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from urllib import request
from urllib.error import HTTPError

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
    it is downloaded into the cache. A name that ends in `.gz` may also be there unpacked. Of
    `sha256`, the first digits will do, if no more of it is published.

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

    The content goes to a file beside `path` with the ending `.part`, and is moved only when its
    SHA-256 begins with `sha256`. What a download that was cut short has left there is gone on with,
    and what turns out to be something else is deleted.

    Raises ValueError for a `url` that is not https, and DownloadError for whatever goes wrong.
    """
    if not url.startswith("https://"):
        raise ValueError(f"download: url is {url}, expected one that begins with https://")
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _complete(part, url)
        if path.exists() and not part.exists():
            return  # Another process was faster.
        found = _sha256(part)
        if not found.startswith(sha256):
            part.unlink()
            raise OSError(f"the SHA-256 is {found}, expected {sha256}")
        os.replace(part, path)
    except (OSError, HTTPException) as error:
        raise DownloadError(f"{url}: {error}") from error


def _complete(part: Path, url: str) -> None:
    """Asks `url` for what the file `part` still lacks, and writes it there."""
    have = part.stat().st_size if part.exists() else 0
    headers = {"User-Agent": "backlight"}
    if have:
        headers["Range"] = f"bytes={have}-"
    try:
        response = request.urlopen(request.Request(url, headers=headers), timeout=TIMEOUT)
    except HTTPError as error:
        if have and error.code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            return  # Nothing lies beyond: it is complete, or not what it should be.
        raise
    with response:
        if not response.url.startswith("https://"):
            raise OSError(f"it leads to {response.url}, expected an https address")
        if response.status != HTTPStatus.PARTIAL_CONTENT:
            have = 0  # It comes from the beginning.
        length = response.length  # of what comes now; a server need not tell
        total = None if length is None else have + length
        part.touch()
        # Nothing is appended: two who download it at once write the same to the same places.
        with part.open("r+b") as file:
            file.seek(have)
            with tqdm(desc=part.stem, total=total, initial=have, unit="B", unit_scale=True) as bar:
                while block := response.read(BLOCK):
                    file.write(block)
                    bar.update(len(block))
            if total is not None and file.tell() < total:
                raise OSError(f"the connection ended after {file.tell()} of {total} bytes")
            file.truncate()


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()
