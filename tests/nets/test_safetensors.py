"""The safetensors format: its own writer's files are read, and what contradicts itself is not.

The files in tests/references/pth were written by the package safetensors; see make_pth.py.
"""

import json
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from nets import load_weights

REFERENCES = Path(__file__).parents[1] / "references" / "pth"


@pytest.mark.parametrize("name", ["net", "kinds"])
def test_a_file_of_the_package_is_read_bit_for_bit(name):
    loaded = load_weights(REFERENCES / f"{name}.safetensors")
    with np.load(REFERENCES / f"{name}.npz") as expected:
        assert set(loaded) == set(expected)
        for key, array in expected.items():
            assert (loaded[key].dtype, loaded[key].shape) == (array.dtype, array.shape)
            assert loaded[key].tobytes() == array.tobytes()
            assert loaded[key].flags.writeable


def entry(dtype="F32", shape=(2, 3), start=0, stop=24):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [start, stop]}


SIX = np.arange(6, dtype="<f4").tobytes()


def write(folder, table, numbers=SIX, length=None):
    text = table if isinstance(table, bytes) else json.dumps(table).encode()
    path = folder / "net.safetensors"
    length = len(text) if length is None else length
    path.write_bytes(length.to_bytes(8, "little") + text + numbers)
    return path


def test_the_order_of_the_table_need_not_be_that_of_the_numbers(tmp_path):
    table = {
        "last": entry(shape=[], start=20),
        "none": entry(shape=[0, 7], start=20, stop=20),
        "__metadata__": {"format": "pt"},
        "first": entry(shape=[5], stop=20),
    }
    loaded = load_weights(write(tmp_path, json.dumps(table).encode() + b"   "))
    assert list(loaded) == ["last", "none", "first"]
    assert loaded["last"] == 5
    assert loaded["none"].shape == (0, 7)
    assert loaded["first"].tolist() == [0, 1, 2, 3, 4]


def test_unsigned_numbers_are_read(tmp_path):
    for dtype, kind in [("U16", "u2"), ("U32", "u4"), ("U64", "u8")]:
        numbers = np.array([0, 1, np.iinfo(kind).max], kind)
        table = {"w": entry(dtype, [3], stop=numbers.nbytes)}
        loaded = load_weights(write(tmp_path, table, numbers.tobytes()))["w"]
        np.testing.assert_array_equal(loaded, numbers, strict=True)


HUGE = 2**40


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"w": entry("F8_E4M3", [24])}, "'w': its numbers are 'F8_E4M3', unknown to NumPy"),
        ({"w": entry("C64", [3])}, "its numbers are 'C64'"),
        ({"w": entry(shape=[2, 4])}, "'w': 24 bytes do not fit its shape"),
        ({"w": entry(shape=[HUGE])}, "24 bytes do not fit its shape"),
        ({"w": entry("F64")}, "24 bytes do not fit its shape"),
        ({"w": entry(shape=[HUGE], stop=4 * HUGE)}, "'w': its numbers overlap .* or are cut"),
        ({"w": entry(shape=[5], stop=20)}, "bytes after the numbers of the last array"),
        ({}, "bytes after the numbers of the last array"),
        ({"w": entry(shape=[5], start=4)}, "leave a gap"),
        ({"w": entry(start=-24, stop=0)}, "leave a gap"),
        ({"v": entry(), "w": entry(shape=[3], start=12)}, "overlap"),
        ({"v": entry(), "w": entry()}, "overlap"),
        ({"w": entry(shape=[-2, -3])}, "expected a dtype, a shape and data_offsets"),
        ({"w": entry(shape=[2.0, 3])}, "expected a dtype, a shape"),
        ({"w": entry(shape=[True] * 6)}, "expected a dtype, a shape"),
        ({"w": entry(shape=[6] + [1] * 64)}, "expected a dtype, a shape"),
        ({"w": entry(dtype=4)}, "expected a dtype, a shape"),
        ({"w": entry(start=None)}, "expected a dtype, a shape"),
        ({"w": {"dtype": "F32", "shape": [2, 3]}}, "expected a dtype, a shape"),
        ({"w": [2, 3]}, "expected a dtype, a shape"),
        ({"v": entry(), "w": entry(shape=[0, 2**70], start=24)}, "."),
        ([entry()], "has no names"),
        (b"5", "has no names"),
        (b'{"w": {}, "w": {}}', "the same name twice"),
        (b'{"w": {"dtype": "F32", "dtype": "F64"}}', "the same name twice"),
        (b"", "Expecting value"),
        (b"{", "Expecting"),
        (b'{"w": }', "Expecting value"),
        (b"\xff\xfe", "can't decode byte 0xff"),
        (b"[" * 200_000, "recursion|Expecting"),
    ],
)
def test_a_table_that_contradicts_itself_is_refused(tmp_path, table, message):
    with pytest.raises(ValueError, match=rf"net\.safetensors: cannot be read: .*({message})") as e:
        load_weights(write(tmp_path, table))
    assert "\n" not in str(e.value)


@pytest.mark.parametrize("length", [100, 100_000_001, 2**63, 2**64 - 1])
def test_a_table_longer_than_the_file_is_not_waited_for(tmp_path, length):
    path = write(tmp_path, {"w": entry()}, length=length)
    tracemalloc.start()
    with pytest.raises(ValueError, match=rf"a table of {length} bytes is announced in a file of"):
        load_weights(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**20


def test_a_table_beyond_the_limit_of_the_format_is_refused(tmp_path):
    path = write(tmp_path, b"{}", length=100_000_001)
    with path.open("r+b") as file:
        file.truncate(100_001_000)  # Zeros, of which the disk keeps none.
    with pytest.raises(ValueError, match="a table of 100000001 bytes is announced"):
        load_weights(path)


def test_a_truncated_file_is_refused(tmp_path):
    whole = write(tmp_path, {"w": entry()}).read_bytes()
    path = tmp_path / "cut.safetensors"
    for cut in range(len(whole)):
        path.write_bytes(whole[:cut])
        with pytest.raises(ValueError, match=r"cut\.safetensors: cannot be read: \S"):
            load_weights(path)
