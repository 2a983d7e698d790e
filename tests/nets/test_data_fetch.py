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
from nets.data.fetch import BLOCK

CONTENT = bytes(range(256)) * 1000  # four blocks, the last one not full
SHA256 = hashlib.sha256(CONTENT).hexdigest()
URL = "https://example.org/net.npz"


class Response(io.BytesIO):
    """What `urlopen` returns; with `error`, it sends one block and then raises it."""

    def __init__(self, content, *, url=URL, length=None, error=None, status=200):
        super().__init__(content)
        self.url = url
        self.length = length
        self.error = error
        self.status = status

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
    """Makes `urlopen` return `answer()`; returns the list of what is asked: (address, range)."""
    asked = []

    def urlopen(asking, timeout):
        assert timeout > 0
        asked.append((asking.full_url, asking.get_header("Range")))
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
    assert asked == [(URL, None)]
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


PART = Path("cache/weights/net.npz.part")


@pytest.mark.parametrize(
    ("response", "message"),
    [
        (Response(CONTENT[:-1]), "the SHA-256 is .*, expected "),
        (Response(CONTENT[:-1] + b"x", length=len(CONTENT)), "the SHA-256 is .*, expected "),
        (Response(b"<html>Please log in</html>"), "the SHA-256 is .*, expected "),
        (Response(CONTENT, url="http://example.org/net.npz"), "leads to http://example.org"),
    ],
)
def test_a_wrong_answer_leaves_nothing_and_the_next_download_succeeds(
    homes, monkeypatch, response, message
):
    serve(monkeypatch, lambda: response)
    with pytest.raises(DownloadError, match=message):
        fetch_net()
    assert files_in(homes) == []
    serve(monkeypatch, lambda: Response(CONTENT))
    assert fetch_net().read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("sent", "error", "message", "kept"),
    [
        (CONTENT[:-1], None, "ended after 255999 of 256000 bytes", 255999),
        (b"", None, "ended after 0 of 256000 bytes", 0),
        (CONTENT, ConnectionResetError("reset"), "reset", BLOCK),
        (CONTENT, TimeoutError("timed out"), "timed out", BLOCK),
        (CONTENT, IncompleteRead(b"", 9), "IncompleteRead", BLOCK),
        (CONTENT, KeyboardInterrupt("Ctrl-C"), "Ctrl-C", BLOCK),
    ],
)
def test_a_download_that_is_cut_short_goes_on_where_it_ended(
    homes, monkeypatch, sent, error, message, kept
):
    serve(monkeypatch, lambda: Response(sent, length=len(CONTENT), error=error))
    with pytest.raises((DownloadError, KeyboardInterrupt), match=message):
        fetch_net()
    assert files_in(homes) == [PART]
    assert (homes / PART).read_bytes() == CONTENT[:kept]
    asked = serve(
        monkeypatch, lambda: Response(CONTENT[kept:], length=len(CONTENT) - kept, status=206)
    )
    assert fetch_net().read_bytes() == CONTENT
    assert asked == [(URL, f"bytes={kept}-" if kept else None)]
    assert files_in(homes) == [PART.with_suffix("")]


def test_what_comes_after_a_second_cut_is_added_to_both_parts(homes, monkeypatch):
    put(homes / PART, CONTENT[:1000])
    rest = CONTENT[1000:]
    serve(monkeypatch, lambda: Response(rest[:5000], length=len(rest), status=206))
    with pytest.raises(DownloadError, match="ended after 6000 of 256000 bytes"):
        fetch_net()
    assert (homes / PART).read_bytes() == CONTENT[:6000]


@pytest.mark.parametrize("before", [CONTENT[:1000], b"x" * 1000, CONTENT + b"too long"])
def test_a_server_that_sends_all_again_is_understood(homes, monkeypatch, before):
    put(homes / PART, before)
    serve(monkeypatch, lambda: Response(CONTENT, length=len(CONTENT)))
    assert fetch_net().read_bytes() == CONTENT


def test_a_part_that_is_whole_needs_nothing_more(homes, monkeypatch):
    put(homes / PART, CONTENT)
    serve(monkeypatch, fail_with(HTTPError(URL, 416, "Range Not Satisfiable", None, None)))
    assert fetch_net().read_bytes() == CONTENT


@pytest.mark.parametrize(
    "answer",
    [
        lambda: Response(CONTENT[1000:], status=206),
        fail_with(HTTPError(URL, 416, "Range Not Satisfiable", None, None)),
    ],
)
def test_a_part_of_something_else_is_given_up(homes, monkeypatch, answer):
    put(homes / PART, b"x" * 1000)
    serve(monkeypatch, answer)
    with pytest.raises(DownloadError, match="the SHA-256 is"):
        fetch_net()
    assert files_in(homes) == []


def test_two_who_download_at_once_both_have_the_file(homes, monkeypatch):
    class Slow(Response):
        """Before its last block comes, another download is begun and ended."""

        def read(self, size=-1):
            if self.tell() == 3 * BLOCK:
                rest = CONTENT[self.tell() :]
                asked = serve(monkeypatch, lambda: Response(rest, length=len(rest), status=206))
                assert fetch_net().read_bytes() == CONTENT
                assert asked == [(URL, f"bytes={self.tell()}-")]
            return super().read(size)

    serve(monkeypatch, lambda: Slow(CONTENT, length=len(CONTENT)))
    assert fetch_net().read_bytes() == CONTENT
    assert files_in(homes) == [PART.with_suffix("")]


def test_the_first_digits_of_a_sha256_will_do_but_must_be_right(homes, monkeypatch):
    serve(monkeypatch, lambda: Response(CONTENT))
    with pytest.raises(DownloadError, match="expected 00000000"):
        fetch("net.npz", URL, "00000000", folder="weights")
    path = fetch("net.npz", URL, SHA256[:8], folder="weights")
    assert path.read_bytes() == CONTENT


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
