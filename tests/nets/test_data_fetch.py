"""`fetch`: looks before it asks, keeps only what is right, and says what to do when it cannot.

The network is a stand-in for `urlopen`; nothing here leaves the machine.
"""

import hashlib
import io
import re
from http.client import IncompleteRead
from pathlib import Path
from urllib import request
from urllib.error import HTTPError, URLError

import pytest

from nets.data import DownloadError, cache_folder, fetch, mnist

CONTENT = bytes(range(256)) * 1000  # four blocks, the last one not full
SHA256 = hashlib.sha256(CONTENT).hexdigest()
URL = "https://example.org/net.npz"


class Response(io.BytesIO):
    """What `urlopen` returns; with `error`, it sends one block and then raises it."""

    def __init__(self, content, *, url=URL, length=None, error=None):
        super().__init__(content)
        self.url = url
        self.length = length
        self.error = error

    def read(self, size=-1):
        if self.error and self.tell():
            raise self.error
        return super().read(size)


@pytest.fixture(autouse=True)
def homes(tmp_path, monkeypatch):
    """Every test has a cache and a data folder of its own, and no network unless it says so."""
    monkeypatch.setenv("BACKLIGHT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("BACKLIGHT_DATA", str(tmp_path / "data"))
    serve(monkeypatch, lambda: pytest.fail("asked the network"))
    return tmp_path


def serve(monkeypatch, answer):
    """Makes `urlopen` return `answer()`; the list of the addresses asked for is returned."""
    asked = []

    def urlopen(url, timeout):
        assert timeout > 0
        asked.append(url)
        return answer()

    monkeypatch.setattr(request, "urlopen", urlopen)
    return asked


def fail_with(error):
    def answer():
        raise error

    return answer


def fetch_net(**options):
    return fetch("net.npz", URL, SHA256, folder="weights", **options)


def files_in(folder):
    return sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())


def put(path, content=b"mine"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_a_download_lands_in_the_cache_and_is_not_repeated(homes, monkeypatch):
    asked = serve(monkeypatch, lambda: Response(CONTENT, length=len(CONTENT)))
    path = fetch_net()
    assert path == homes / "cache" / "weights" / "net.npz"
    assert path.read_bytes() == CONTENT
    assert fetch_net() == path
    assert asked == [URL]
    assert files_in(homes) == [Path("cache/weights/net.npz")]


def test_a_server_that_does_not_tell_the_length_is_understood(monkeypatch):
    serve(monkeypatch, lambda: Response(CONTENT))
    assert fetch_net().read_bytes() == CONTENT


def test_the_data_folder_comes_before_the_cache_and_the_cache_before_the_network(homes):
    cached = put(homes / "cache" / "weights" / "net.npz")
    assert fetch_net() == cached
    own = put(homes / "data" / "weights" / "net.npz")
    assert fetch_net() == own


def test_root_is_the_only_place_when_given(homes):
    put(homes / "data" / "weights" / "net.npz")
    root = homes / "root"
    root.mkdir()
    with pytest.raises(FileNotFoundError, match=f"net.npz is not in {root}"):
        fetch_net(root=root)
    inner = put(root / "weights" / "net.npz")
    assert fetch_net(root=str(root)) == inner
    direct = put(root / "net.npz")
    assert fetch_net(root=root) == direct


def test_a_root_that_is_missing_or_a_file_is_refused(homes):
    with pytest.raises(FileNotFoundError, match=r"root: there is no .*nowhere"):
        fetch_net(root=homes / "nowhere")
    with pytest.raises(ValueError, match=r"root: .*file\.txt is a file, expected a folder"):
        fetch_net(root=put(homes / "file.txt"))


def test_a_packed_file_may_lie_there_unpacked(homes):
    unpacked = put(homes / "data" / "mnist" / "labels")
    assert fetch("labels.gz", URL, SHA256, folder="mnist") == unpacked


def test_without_variables_the_cache_is_in_the_home_folder(homes, monkeypatch):
    monkeypatch.delenv("BACKLIGHT_CACHE")
    monkeypatch.setenv("HOME", str(homes))
    monkeypatch.setenv("USERPROFILE", str(homes))
    assert cache_folder() == homes / ".cache" / "backlight"


@pytest.mark.parametrize(
    "error",
    [
        URLError("[Errno -2] Name or service not known"),
        HTTPError(URL, 404, "Not Found", None, None),
        TimeoutError("timed out"),
        ConnectionResetError("reset by peer"),
    ],
)
def test_no_network_says_which_file_to_put_where(homes, monkeypatch, error):
    serve(monkeypatch, fail_with(error))
    with pytest.raises(DownloadError) as raised:
        fetch_net()
    message = str(raised.value)
    assert "\n" not in message
    assert f"Get {URL} by other means and put it into {homes / 'cache' / 'weights'}" in message
    assert str(homes / "data" / "weights") in message
    assert str(error) in message
    assert files_in(homes) == []


def test_what_the_message_says_works(homes, monkeypatch):
    serve(monkeypatch, fail_with(URLError("no route")))
    with pytest.raises(DownloadError) as raised:
        fetch_net()
    folder = Path(re.search(r"put it into (.*)$", str(raised.value))[1])
    by_hand = put(folder / "net.npz")
    assert fetch_net() == by_hand


def test_a_download_error_is_an_oserror():
    assert issubclass(DownloadError, OSError)


@pytest.mark.parametrize(
    ("response", "message"),
    [
        (Response(CONTENT[:-1], length=len(CONTENT)), "ended after 255999 of 256000 bytes"),
        (Response(b"", length=len(CONTENT)), "ended after 0 of 256000 bytes"),
        (Response(CONTENT[:-1]), "the SHA-256 is .*, expected "),
        (Response(CONTENT[:-1] + b"x", length=len(CONTENT)), "the SHA-256 is .*, expected "),
        (Response(b"<html>Please log in</html>"), "the SHA-256 is .*, expected "),
        (Response(CONTENT, error=ConnectionResetError("reset")), "reset"),
        (Response(CONTENT, error=TimeoutError("timed out")), "timed out"),
        (Response(CONTENT, error=IncompleteRead(b"", 9)), "IncompleteRead"),
        (Response(CONTENT, url="http://example.org/net.npz"), "leads to http://example.org"),
    ],
)
def test_a_broken_download_leaves_nothing_and_the_next_one_succeeds(
    homes, monkeypatch, response, message
):
    serve(monkeypatch, lambda: response)
    with pytest.raises(DownloadError, match=message):
        fetch_net()
    assert files_in(homes) == []
    serve(monkeypatch, lambda: Response(CONTENT))
    assert fetch_net().read_bytes() == CONTENT


def test_an_interrupted_download_leaves_nothing(homes, monkeypatch):
    serve(monkeypatch, lambda: Response(CONTENT, error=KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        fetch_net()
    assert files_in(homes) == []


def test_a_half_finished_file_of_a_killed_download_is_not_taken_for_the_file(homes, monkeypatch):
    put(homes / "cache" / "weights" / ".download-abc" / "net.npz", CONTENT[:1000])
    asked = serve(monkeypatch, lambda: Response(CONTENT))
    assert fetch_net().read_bytes() == CONTENT
    assert asked == [URL]


@pytest.mark.parametrize("url", ["http://example.org/net.npz", "file:///etc/passwd", "net.npz"])
def test_anything_but_https_is_refused_unasked(homes, url):
    with pytest.raises(ValueError, match=f"url is {url}, expected one that begins with https://"):
        fetch("net.npz", url, SHA256, folder="weights")


def test_a_cache_that_cannot_be_written_is_a_download_error(homes):
    put(homes / "cache", b"a file where the folder should be")
    with pytest.raises(DownloadError, match="put it into"):
        fetch_net()


def test_mnist_without_network_names_its_first_file(homes, monkeypatch):
    serve(monkeypatch, fail_with(URLError("no route")))
    with pytest.raises(DownloadError, match=r"Get https://.*/mnist/train-images-idx3-ubyte\.gz by"):
        mnist()
