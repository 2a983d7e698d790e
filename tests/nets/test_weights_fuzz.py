"""Damaged files of every format: they give arrays or a ValueError, at once, and nothing else."""

import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nets import load_weights
from nets.weights.pth import MAX_TABLE

REFERENCES = Path(__file__).parents[1] / "references" / "pth"
FILES = {path.name: path.read_bytes() for path in sorted(REFERENCES.iterdir())}

# Bytes that mean something to one of the formats are more trouble than others.
MEANINGFUL = [b"\x00", b"\xff", b"(", b")", b"}", b"]", b"R", b"b", b"Q", b"t", b"\x85", b"u", b"."]
MEANINGFUL += [b"cos\nsystem\n", b"h\x01", b"\x7f\xff\xff\xff", b"PK\x01\x02", b'"', b"9999"]
chunks = st.one_of(st.sampled_from(MEANINGFUL), st.binary(min_size=1, max_size=8))


@st.composite
def damaged(draw):
    """(name, content): one of the files, with a few places overwritten, inserted, left out."""
    name = draw(st.sampled_from(sorted(FILES)))
    content = bytearray(FILES[name])
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(content)))
        match draw(st.sampled_from(["overwrite", "insert", "leave out", "repeat", "cut"])):
            case "overwrite":
                chunk = draw(chunks)
                content[place : place + len(chunk)] = chunk
            case "insert":
                content[place:place] = draw(chunks)
            case "leave out":
                del content[place : place + draw(st.integers(1, 64))]
            case "repeat":
                content[place:place] = content[place : place + draw(st.integers(1, 256))]
            case "cut":
                del content[place:]
    return name, bytes(content)


@pytest.mark.filterwarnings("ignore")  # NumPy and zipfile also warn of what they then refuse.
@settings(max_examples=300)
@given(damaged())
def test_a_damaged_file_gives_arrays_or_a_value_error(tmp_path_factory, file):
    name, content = file
    path = tmp_path_factory.getbasetemp() / name
    path.write_bytes(content)
    message = None
    tracemalloc.start()
    try:
        for array in load_weights(path).values():
            array.copy()  # So that a view of foreign memory would be felt.
    except ValueError as error:
        message = str(error)
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert message is None or message.startswith(f"{path}: cannot be read: ")
    assert message is None or "\n" not in message
    # The bound of a pickle (see test_pth.py), the buffer for it, and what the decoders need.
    assert peak < 120 * len(content) + MAX_TABLE + 2**20
