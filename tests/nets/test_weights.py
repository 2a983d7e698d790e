"""Weights on disk: they come back as they were, and a bad file gets a clear error."""

import os
import pickle
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from nets import load_weights, save_weights

executed = []


def run(code):
    executed.append(code)


class Trap:
    """An object whose unpickling can be noticed."""

    def __reduce__(self):
        return run, ("code",)


@pytest.fixture
def good(tmp_path):
    path = tmp_path / "good.npz"
    save_weights(path, {"conv.weight": np.arange(6.0).reshape(2, 3)})
    return path


dtypes = st.sampled_from([np.float16, np.float32, np.float64, np.int64, np.uint8, np.bool_])


@given(
    weights=st.dictionaries(
        st.from_regex(r"[a-z][a-z0-9_]{0,5}([./][a-z0-9_]{1,4}){1,2}", fullmatch=True),
        dtypes.flatmap(lambda dtype: arrays(dtype, array_shapes(min_dims=0, min_side=0))),
        max_size=4,
    )
)
def test_what_is_saved_is_what_is_loaded(weights, tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "w.npz"
    save_weights(path, weights)
    loaded = load_weights(str(path))
    assert list(loaded) == list(weights)
    for name, array in weights.items():
        assert loaded[name].dtype == array.dtype
        np.testing.assert_array_equal(loaded[name], array, strict=True)


def test_a_missing_file_a_folder_and_another_suffix_are_told_apart(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"absent\.npz: there is no such file"):
        load_weights(tmp_path / "absent.npz")
    (tmp_path / "folder.npz").mkdir()
    for use in (load_weights, lambda path: save_weights(path, {})):
        with pytest.raises(IsADirectoryError, match=r"folder\.npz: expected a file"):
            use(tmp_path / "folder.npz")
        with pytest.raises(ValueError, match=r"net\.h5: expected a file name that ends in \.npz"):
            use(tmp_path / "net.h5")
    with pytest.raises(ValueError, match=r"net\.pth: expected a file name that ends in \.npz"):
        save_weights(tmp_path / "net.pth", {})
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        save_weights(tmp_path / "nowhere" / "net.npz", {})


@pytest.mark.parametrize("content", [b"", b"not a zip", b"\x93NUMPY\x01\x00 a lone array"])
def test_a_file_that_is_no_npz_is_refused(tmp_path, content):
    path = tmp_path / "bad.npz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"bad\.npz: cannot be read: not an \.npz file"):
        load_weights(path)


def test_a_truncated_or_altered_file_is_refused(good):
    whole = good.read_bytes()
    for cut in range(0, len(whole), 7):
        good.write_bytes(whole[:cut])
        with pytest.raises(ValueError, match=r"good\.npz"):
            load_weights(good)
    place = whole.index(np.float64(5).tobytes())  # A number inside: the zip's checksum is off.
    good.write_bytes(whole[:place] + b"\xff" + whole[place + 1 :])
    with pytest.raises(ValueError, match="cannot be read"):
        load_weights(good)


def test_a_zip_of_other_things_is_refused(tmp_path):
    path = tmp_path / "other.npz"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("readme.txt", "no array")
    with pytest.raises(ValueError, match=r"readme\.txt: expected arrays only"):
        load_weights(path)


def test_an_array_of_something_else_is_refused(tmp_path):
    path = tmp_path / "texts.npz"
    np.savez(path, head=np.array(["text"]))
    with pytest.raises(ValueError, match=r"head: expected an array of numbers, got <U4"):
        load_weights(path)


@pytest.mark.parametrize("names", [["file", "allow_pickle", "args", "kwds"], ["w", "w.npy"], [""]])
def test_an_array_may_have_any_name(tmp_path, names):
    path = tmp_path / "names.npz"
    weights = {name: np.full(2, i) for i, name in enumerate(names)}
    save_weights(path, weights)
    loaded = load_weights(path)
    assert list(loaded) == names
    for name in names:
        np.testing.assert_array_equal(loaded[name], weights[name], strict=True)


def test_what_numpy_wrote_is_read_and_numpy_reads_what_was_written(tmp_path):
    weights = {"a.weight": np.arange(6, dtype=">f4").reshape(2, 3).T, "b": np.array(True)}
    for write in (np.savez, np.savez_compressed):
        write(tmp_path / "theirs.npz", **weights)
        loaded = load_weights(tmp_path / "theirs.npz")
        save_weights(tmp_path / "ours.npz", loaded)
        with np.load(tmp_path / "ours.npz") as again:
            for name, array in weights.items():
                np.testing.assert_array_equal(loaded[name], array, strict=True)
                np.testing.assert_array_equal(again[name], array, strict=True)


def test_nothing_in_a_file_is_executed(tmp_path):
    path = tmp_path / "objects.npz"
    np.savez(path, w=np.array([Trap()], dtype=object))
    with pytest.raises(ValueError, match="cannot be read"):
        load_weights(path)
    assert executed == []
    pickle.loads(pickle.dumps(Trap()))  # So that the trap is known to work.
    assert executed == ["code"]


@pytest.mark.parametrize("bad", [np.array([None]), np.array("text"), np.array(1j)])
def test_what_is_no_array_of_numbers_is_not_saved_and_the_old_file_stays(good, bad):
    before = good.read_bytes()
    with pytest.raises(ValueError, match="head: expected an array of numbers"):
        save_weights(good, {"head": bad})
    assert good.read_bytes() == before


def disk_full(file, *_, **__):
    file.write(b"half of")
    raise OSError("no space left on device")


def denied(*_):
    raise OSError("permission denied")


@pytest.mark.parametrize(
    ("module", "name", "failure"),
    [(np.lib.format, "write_array", disk_full), (os, "replace", denied)],
)
def test_a_save_that_fails_leaves_the_old_file_and_nothing_else(
    good, monkeypatch, module, name, failure
):
    before = good.read_bytes()
    monkeypatch.setattr(module, name, failure)
    with pytest.raises(OSError, match=r"no space left|permission denied"):
        save_weights(good, {"w": np.zeros(3)})
    assert good.read_bytes() == before
    assert list(good.parent.iterdir()) == [good]
