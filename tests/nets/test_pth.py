"""PyTorch's files: what PyTorch wrote is read bit for bit, and what a stranger wrote does nothing.

The files in tests/references/pth are PyTorch's own, made by make_pth.py. The others are written
here, from the opcodes that `pickletools` documents.
"""

import io
import os
import pickle
import struct
import tarfile
import tracemalloc
import zipfile
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest

from nets import load_weights
from nets.weights.pickled import ordered_dict, unpickle
from nets.weights.pth import LEGACY, MAX_TABLE

REFERENCES = Path(__file__).parents[1] / "references" / "pth"
FORMATS = ["zip", "legacy"]


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("name", ["net", "kinds", "views", "checkpoint"])
def test_a_file_of_pytorch_is_read_bit_for_bit(name, suffix):
    loaded = load_weights(REFERENCES / f"{name}.{suffix}.pth")
    with np.load(REFERENCES / f"{name}.npz") as expected:
        assert list(loaded) == list(expected)
        for key, array in expected.items():
            assert (loaded[key].dtype, loaded[key].shape) == (array.dtype, array.shape)
            assert loaded[key].tobytes() == array.tobytes()


@pytest.mark.parametrize("suffix", FORMATS)
def test_tied_tensors_stay_tied_and_can_be_written_to(suffix):
    loaded = load_weights(REFERENCES / f"views.{suffix}.pth")
    loaded["tied"][1, 2] = -1
    assert (loaded["from the middle"] == -1).all()
    assert (loaded["base"] == -1).sum() == 4


def test_a_file_may_be_called_pt(tmp_path):
    path = tmp_path / "net.pt"
    path.write_bytes((REFERENCES / "net.zip.pth").read_bytes())
    assert "0.weight" in load_weights(path)


# Writing such files: opcodes, a table of tensors, the two formats.


def text(string):
    return b"X" + struct.pack("<I", len(string.encode())) + string.encode()


def integer(n):
    number = pickle.encode_long(n)
    return b"\x8a" + bytes([len(number)]) + number


def named(name):
    module, _, attribute = name.rpartition(".")
    return f"c{module}\n{attribute}\n".encode()


def row(*numbers):
    return b"(" + b"".join(map(integer, numbers)) + b"t"


def storage(count, kind="FloatStorage", key="0", more=b""):
    reference = text("storage") + named(f"torch.{kind}") + text(key) + text("cpu") + integer(count)
    return b"(" + reference + more + b"tQ"


def tensor(shape, strides, offset=0, count=6, more=b"\x89}", **where):
    arguments = storage(count, **where) + integer(offset) + row(*shape) + row(*strides) + more
    return named("torch._utils._rebuild_tensor_v2") + b"(" + arguments + b"tR"


GOOD = tensor((2, 3), (3, 1))
SIX = np.arange(6, dtype="<f4").tobytes()


def table(value=GOOD):
    return b"}" + text("w") + value + b"s"


def zip_file(program, members=None, compression=zipfile.ZIP_STORED):
    """A .pth file with this program for its table of contents, and the numbers of storage "0"."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content in {
            "net/data.pkl": b"\x80\x02" + program + b".",
            **(members or {}),
        }.items():
            archive.writestr(name, content)
        if members is None:
            archive.writestr("net/data/0", SIX)
    return file.getvalue()


def legacy_file(program, keys=None, numbers=None, magic=None, version=None, machine=None):
    """The same in the legacy format, with other parts in the place of those that are given."""
    parts = [magic or pickle.dumps(LEGACY, 2), version or pickle.dumps(1001, 2)]
    parts += [machine or pickle.dumps({"little_endian": True}, 2), b"\x80\x02" + program + b"."]
    parts.append(
        keys if isinstance(keys, bytes) else pickle.dumps(["0"] if keys is None else keys, 2)
    )
    return b"".join(parts) + (struct.pack("<q", 6) + SIX if numbers is None else numbers)


def write(path, content):
    path.write_bytes(content)
    return path


@pytest.fixture(params=FORMATS)
def load(request, tmp_path):
    """Loads a file of either format that has this program for its table of contents."""
    pack = zip_file if request.param == "zip" else legacy_file
    return lambda program: load_weights(write(tmp_path / "net.pth", pack(program)))


@pytest.fixture
def refused(load):
    def check(program, message):
        with pytest.raises(ValueError, match=message) as error:
            load(program)
        assert str(error.value).count("net.pth: cannot be read: ") == 1
        assert "\n" not in str(error.value)

    return check


# What is read


def test_these_writers_write_what_is_read(load):
    np.testing.assert_array_equal(
        load(table())["w"], np.arange(6, dtype="f4").reshape(2, 3), strict=True
    )


def test_the_least_and_the_most_significant_byte_may_come_first(tmp_path):
    for kind, big in [("FloatStorage", ">f4"), ("BFloat16Storage", ">u2"), ("LongStorage", ">i8")]:
        numbers = np.arange(6).astype(big)
        members = {"net/byteorder": b"big", "net/data/0": numbers.tobytes()}
        path = write(tmp_path / "big.pth", zip_file(table(tensor((6,), (1,), kind=kind)), members))
        loaded = load_weights(path)["w"]
        assert loaded.dtype.isnative
        expected = numbers.astype("=u2") if kind == "BFloat16Storage" else numbers
        if kind == "BFloat16Storage":
            expected = (expected.astype("u4") << 16).view("f4")
        np.testing.assert_array_equal(loaded, expected)
    path.write_bytes(zip_file(table(), {**members, "net/byteorder": b"middle"}))
    with pytest.raises(ValueError, match="byte order is 'middle'"):
        load_weights(path)


def test_an_ordered_dict_of_python_2_is_read(load):
    def short(string):
        return b"U" + bytes([len(string)]) + string.encode()

    old = GOOD.replace(b"_rebuild_tensor_v2", b"_rebuild_tensor").replace(b"\x89}tR", b"tR")
    old = old.replace(text("storage"), short("storage")).replace(text("0"), short("0"))
    # A Parameter was made of its tensor, and then given three attributes.
    parameter = named("torch.nn.parameter.Parameter") + old + b"\x85R" + b"\x88\x89}\x87b"
    pairs = b"".join(b"](" + short(name) + parameter + b"e" for name in ("first", "second"))
    loaded = load(named("collections.OrderedDict") + b"](" + pairs + b"e\x85R")
    assert list(loaded) == ["first", "second"]
    np.testing.assert_array_equal(loaded["second"], np.arange(6.0).reshape(2, 3))


def test_what_is_in_the_unneeded_entries_of_a_checkpoint_is_not_read(tmp_path):
    other = tensor((10,), (1,), count=10, key="1")
    program = b"}(" + text("state_dict") + table() + text("best") + other + b"u"
    content = legacy_file(
        program, ["1", "0"], struct.pack("<q", 10) + bytes(40) + struct.pack("<q", 6) + SIX
    )
    loaded = load_weights(write(tmp_path / "net.pth", content))
    assert list(loaded) == ["w"]
    np.testing.assert_array_equal(loaded["w"].ravel(), np.arange(6))
    # In a zip file the other storage may even be missing.
    assert list(load_weights(write(tmp_path / "net.pth", zip_file(program)))) == ["w"]


def test_the_strides_of_a_dimension_of_one_and_of_nothing_do_not_matter(load):
    huge = 2**62
    assert load(table(tensor((1, 6), (huge, 1))))["w"].tolist() == [[0, 1, 2, 3, 4, 5]]
    assert load(table(tensor((0, 6), (huge, 1), offset=huge)))["w"].shape == (0, 6)


@pytest.mark.parametrize(
    ("program", "message"),
    [
        (b"K\x01", "expected tensors by name, .* found none"),
        (GOOD, "found none"),
        (b"]" + GOOD + b"a", "found none"),
        (b"}" + integer(1) + GOOD + b"s", "found none"),
        (table(b"K\x01"), "found none"),
        (table(table(table())), "found none"),  # One level deep and no deeper.
        (b"}(" + text("ema") + table() + text("net") + table() + b"u", "found 2: 'ema', 'net'"),
    ],
)
def test_what_is_no_table_of_tensors_is_refused(refused, program, message):
    refused(program, message)


def test_an_empty_state_dict_is_one(tmp_path):
    for program in (b"}", named("collections.OrderedDict") + b")R"):
        for content in (zip_file(program), legacy_file(program, keys=[], numbers=b"")):
            assert load_weights(write(tmp_path / "net.pth", content)) == {}


# Hostile pickles: nothing runs


class Call:
    """What pickles as the call of a function."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


# Each makes a file or a folder if it runs.
ATTACKS = {
    "os.system": lambda path: Call(os.system, f'echo ran > "{path}"'),
    "eval": lambda path: Call(eval, f"__import__('os').mkdir({str(path)!r})"),
    "exec": lambda path: Call(exec, f"import os; os.mkdir({str(path)!r})"),
    "mkdir": lambda path: Call(os.mkdir, str(path)),
    "deep": lambda path: {"state_dict": {"w": [({"x": Call(os.mkdir, str(path))},)]}},
    "argument": lambda path: Call(OrderedDict, [("w", Call(os.mkdir, str(path)))]),
    "state": lambda path: Call(OrderedDict, [], {"_metadata": Call(os.mkdir, str(path))}),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_in_a_file_is_executed(tmp_path, attack):
    ran = tmp_path / "ran"
    whole = pickle.dumps(ATTACKS[attack](ran), 2)
    program = whole.removeprefix(b"\x80\x02").removesuffix(b".")
    for content in [
        zip_file(program),
        legacy_file(program),
        legacy_file(table(), magic=whole),
        legacy_file(table(), version=whole),
        legacy_file(table(), machine=whole),
        legacy_file(table(), keys=whole),
        whole,
    ]:
        with pytest.raises(ValueError, match=r"cannot be read: it asks for '[a-z_]+\.[a-zA-Z]+'"):
            load_weights(write(tmp_path / "net.pth", content))
    assert not ran.exists()
    try:
        pickle.loads(whole)  # So that the trap is known to work.
    except TypeError:
        assert attack == "state"  # OrderedDict takes no second argument, but its items have run.
    assert ran.exists()


@pytest.mark.parametrize(
    "program",
    [
        b"cbuiltins\ngetattr\n(cos\n" + b"system\n" + text("__call__") + b"tR",
        b"(S'true'\nios\nsystem\n",  # INST calls at once.
        b"(cos\nsystem\n" + text("true") + b"o",  # OBJ too.
        b"\x82\x01",  # EXT1 names by a number.
        text("os") + text("system") + b"\x93",  # STACK_GLOBAL names by two strings.
        b"Pos.system\n",  # PERSID has an id that is a line of text.
        named("torch.nn.modules.container.Sequential") + b")\x81}b",
        named("torch._utils._rebuild_tensor_v3"),
        named("torch.serialization._get_layout"),
    ],
)
def test_other_ways_to_name_and_to_call_are_refused(refused, program):
    refused(
        table(program), r"it asks for|the instruction (STRING|EXT1|STACK_GLOBAL|PERSID)|damaged"
    )


# Hostile pickles: memory and time are bounded


@pytest.mark.parametrize(
    ("program", "message"),
    [
        (b"B" + struct.pack("<I", 2**32 - 1) + b"x", "expected 4294967295 bytes"),  # BINBYTES
        (b"X" + struct.pack("<I", 2**32 - 1) + b"x", "expected 4294967295 bytes"),
        (b"\x8b" + struct.pack("<i", 2**31 - 1) + b"x", "not enough data|expected"),  # LONG4
        (b"\x8e" + struct.pack("<Q", 2**63) + b"x", "8"),  # BINBYTES8
        (b"\x95" + struct.pack("<Q", 2**63), "the instruction FRAME"),
        (b"K\x01K\x02K\x03s", "damaged"),  # an item for a number
        (b"](K\x01K\x02u", "damaged"),  # items for a list
        (b"}(K\x01e", "damaged"),  # an element for a dictionary
        (b"}(K\x01u", "argument 2 is shorter|damaged"),  # a key without a value
        (b"}" + text("a") + b"]s" + b"]K\x01s", "a list as the name"),
        (b"}]" + b"R", "damaged"),
        (b"K\x01)R", "damaged"),
        (text("torch.FloatStorage") + b")R", "damaged"),  # known, but not to be called
        (named("torch.FloatStorage") + b")R", "damaged"),
        (named("collections.OrderedDict") + b"K\x05R", "damaged"),
        (named("collections.OrderedDict") + b"](](K\x01eee\x85R", "damaged|unpack"),
        (named("torch._utils._rebuild_tensor_v2") + b")R", "damaged"),
        (b"h\x07", "damaged"),  # what was never put into the memo
    ],
)
def test_a_program_that_makes_no_sense_is_refused(refused, program, message):
    refused(program, message)
    refused(table(program), message)


@pytest.mark.parametrize("code", sorted(set(range(256)) - set(b"})](.\x80NKJMGXU\x88\x89")))
def test_an_instruction_without_what_it_needs_is_refused(tmp_path, code):
    for program in (bytes([code]), bytes([code]) + b"\n\n", bytes([code]) + bytes(9)):
        path = write(tmp_path / "net.pth", zip_file(program))
        with pytest.raises(ValueError, match="cannot be read"):
            load_weights(path)


def test_a_place_in_the_memo_far_out_takes_no_memory():
    place = struct.pack("<I", 2**32 - 1)
    assert unpickle(io.BytesIO(b"](]r" + place + b"j" + place + b"e."), {}) == [[], []]


DEEP = 300_000  # At 200,000 tuples in one another, Python's own hash ends the process.


@pytest.mark.parametrize(
    "nest",
    [
        lambda inside: inside + b"\x85" * DEEP,
        lambda inside: b"]" * DEEP + inside + b"a" * DEEP,
        lambda inside: b"(" * DEEP + inside + b"t" * DEEP,
        lambda inside: (b"}" + text("")) * DEEP + inside + b"s" * DEEP,
    ],
    ids=["tuple 1", "list", "tuple", "dict"],
)
def test_what_is_nested_deeply_is_refused_wherever_it_stands(tmp_path, nest):
    deep = nest(b")")
    for program, message in [
        (deep, "found none"),
        (b"}" + deep + b"K\x01s", "as the name of something"),
        (deep + b")R", "damaged"),
        (deep + b"Q", "no storage"),
        (tensor((6,), (1,), more=b"\x89}" + deep), "found none|conjugate"),
    ]:
        with pytest.raises(ValueError, match=message):
            load_weights(write(tmp_path / "net.pth", zip_file(program)))


def test_a_list_and_a_dictionary_that_contain_themselves_are_refused(refused):
    refused(b"]q\x00h\x00a", "found none")
    refused(b"}q\x00" + text("w") + b"h\x00s", "found none")


def peak_of(call):
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=r"\S"):
            call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "unit", [b"}", b"]", b"(", b"](", b"}(", b"K\x01", b"K\x01\x85", b"U\x01x", b")q\x00"]
)
def test_the_memory_that_a_pickle_takes_is_bounded_by_its_length(unit):
    program = unit * (60_000 // len(unit))
    peak = peak_of(lambda: unpickle(io.BytesIO(program), {}))
    # 120 bytes for one: an empty dictionary takes 64, its place on the stack 8, and a stack that
    # grows is copied. And some for the decoder itself.
    assert peak < 120 * len(program) + 100_000


def test_items_cannot_be_had_again_and_again():
    """A list of a thousand items, made an OrderedDict a thousand times, takes no million items."""
    pairs = b"](" + b"".join(b"](" + integer(n) + b"Ne" for n in range(1000)) + b"eq\x00"
    again = named("collections.OrderedDict") + b"h\x00\x85R"
    program = pairs + again * 1000
    names = {"collections.OrderedDict": ordered_dict}
    assert peak_of(lambda: unpickle(io.BytesIO(program), names)) < 120 * len(program) + 100_000


def test_a_table_of_contents_beyond_the_limit_is_refused(tmp_path):
    for pack in (zip_file, legacy_file):
        path = write(tmp_path / "net.pth", pack(text("x" * MAX_TABLE)))
        with pytest.raises(ValueError, match=r"table of contents is larger|expected \d+ bytes"):
            load_weights(path)


# Tensors that are not where they say


HUGE = 2**40


@pytest.mark.parametrize(
    "value",
    [
        tensor((2, 3), (3, 1), offset=1),
        tensor((2, 3), (3, 2)),
        tensor((7,), (1,)),
        tensor((7,), (0,)),
        tensor((HUGE,), (0,)),
        tensor((HUGE,), (1,)),
        tensor((2, HUGE), (1, 0)),
        tensor((), (), offset=6),
        tensor((1,), (1,), offset=HUGE),
        tensor((2,), (2**70,)),
    ],
)
def test_a_tensor_that_does_not_fit_its_storage_is_refused(refused, value):
    refused(table(value), "does not fit its storage of 6")


@pytest.mark.parametrize(
    "value",
    [
        tensor((2, 3), (-3, 1), offset=3),
        tensor((-2, -3), (3, 1)),
        tensor((6,), (1,), offset=-1),
        tensor((2, 3), (3,)),
        tensor((1,) * 65, (1,) * 65),
        tensor((2, 3), (3, 1)).replace(row(2, 3), b"](" + integer(2) + integer(3) + b"e"),
        tensor((2, 3), (3, 1)).replace(row(3, 1), b"N"),
        tensor((2, 3), (3, 1)).replace(storage(6), text("storage")),
    ],
)
def test_a_tensor_that_is_not_described_properly_is_refused(refused, value):
    refused(table(value), "no proper storage, offset, shape or strides")


def test_a_shape_of_nothing_that_no_array_can_have_is_refused(refused):
    refused(table(tensor((0, 2**62, 2**62), (1, 1, 1))), ".")
    refused(table(tensor((0, 2**70), (1, 1))), ".")


def test_a_tensor_with_its_sign_changed_is_refused(refused):
    refused(table(tensor((6,), (1,), more=b"\x89}}" + text("neg") + b"\x88s")), "the negative")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (tensor((3,), (1,), kind="ComplexFloatStorage"), "asks for 'torch.ComplexFloatStorage'"),
        (tensor((3,), (1,), kind="QInt8Storage"), "asks for 'torch.QInt8Storage'"),
        (tensor((3,), (1,), kind="DoubleStorage"), "0' is .*of the size announced"),
        (tensor((3,), (1,), count=HUGE), "0' is .*of the size announced"),
        (tensor((3,), (1,), count=2**80), "0' is .*of the size announced"),
        (tensor((0,), (1,), count=-1), "'0' contradicts itself"),
        (tensor((3,), (1,), count=5), "0' is .*of the size announced"),
        (tensor((3,), (1,), key="../0"), "'../0' is missing|storages does not fit"),
        (tensor((3,), (1,), key="1"), "'1' is missing|storages does not fit"),
        (
            GOOD.replace(storage(6), storage(6, more=b"(" + text("v") + b"K\x00K\x06t")),
            "no storage",
        ),
        (GOOD.replace(text("storage"), text("module")), "no storage"),
        (GOOD.replace(named("torch.FloatStorage"), text("torch.Storage")), "damaged"),
        (text("0") + b"Q", "no storage"),
        (GOOD + b"0" + tensor((3,), (1,), kind="IntStorage"), "instruction POP"),
        (b"(" + GOOD + tensor((3,), (1,), kind="IntStorage") + b"t", "'0' contradicts itself"),
    ],
)
def test_a_storage_that_is_not_what_it_says_is_refused(refused, value, message):
    refused(table(value), message)


# Zip files


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path):
    numbers = 25_000_000
    program = table(tensor((numbers,), (1,), count=numbers))
    bomb = zip_file(program, {"net/data/0": bytes(4 * numbers)}, zipfile.ZIP_DEFLATED)
    path = write(tmp_path / "bomb.pth", bomb)
    assert len(bomb) < 200_000
    del program
    with pytest.raises(ValueError, match=r"'net/data.pkl' is compressed"):
        load_weights(path)
    assert peak_of(lambda: load_weights(path)) < 2**20


def test_members_that_share_their_bytes_are_refused(tmp_path):
    content = bytearray(zip_file(table(), {"net/data/0": SIX, "net/data/1": bytes(4000)}))
    place = content.rindex(b"net/data/0") - 46  # A record of the directory: its sizes, and where.
    struct.pack_into("<II", content, place + 20, 4500, 4500)
    struct.pack_into("<I", content, place + 42, 0)
    with pytest.raises(ValueError, match=r"they overlap|Overlapped"):
        load_weights(write(tmp_path / "net.pth", bytes(content)))


@pytest.mark.parametrize("name", ["../evil", "net/../../evil", "/evil", "net//evil", "other/evil"])
def test_a_member_outside_of_the_folder_is_refused(tmp_path, name):
    path = write(tmp_path / "net.pth", zip_file(table(), {"net/data/0": SIX, name: b"evil"}))
    with pytest.raises(ValueError, match=rf"member '{name}' is not in its folder"):
        load_weights(path)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_one_name_are_refused(tmp_path):
    file = io.BytesIO(zip_file(table()))
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("net/data/0", SIX)
    with pytest.raises(ValueError, match="the same name"):
        load_weights(write(tmp_path / "net.pth", file.getvalue()))


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({}, "storage '0' is missing"),
        ({"net/data/0": SIX[:-1]}, "'0' is missing or not of the size"),
        ({"net/data/0": SIX + b"x"}, "'0' is missing or not of the size"),
        ({"net/data/0": SIX, "net/constants.pkl": b"\x80\x02)."}, "a TorchScript program"),
        ({"net/data/0": SIX, "data.pkl": b""}, "not in its folder"),
        ({"net/data/0": SIX, "other/data.pkl": b""}, "no folder with a data.pkl"),
    ],
)
def test_a_zip_file_that_torch_save_does_not_write_is_refused(tmp_path, members, message):
    with pytest.raises(ValueError, match=message):
        load_weights(write(tmp_path / "net.pth", zip_file(table(), members)))


def test_an_altered_number_is_noticed_in_a_zip_file(tmp_path):
    content = zip_file(table()).replace(SIX, SIX[:-1] + b"\x41")
    with pytest.raises(ValueError, match="Bad CRC-32"):
        load_weights(write(tmp_path / "net.pth", content))


# Legacy files


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"magic": pickle.dumps(LEGACY + 1, 2)}, "not a file of torch.save"),
        ({"magic": pickle.dumps([], 2)}, "not a file of torch.save"),
        ({"keys": []}, "a storage of its table of contents is missing"),
        ({"keys": ["0", "0"]}, "does not fit its table"),
        ({"keys": ["1"]}, "does not fit its table"),
        ({"keys": [0]}, "does not fit its table"),
        ({"keys": [["0"]]}, "does not fit its table"),
        ({"keys": "0"}, "no list of storages"),
        ({"keys": 1}, "no list of storages"),
        ({"numbers": b""}, "'0' is cut"),
        ({"numbers": struct.pack("<q", 6) + SIX[:-1]}, "'0' is cut"),
        ({"numbers": struct.pack("<q", 5) + SIX}, "not of the size announced"),
        ({"numbers": struct.pack("<q", -1) + SIX}, "not of the size announced"),
    ],
)
def test_a_legacy_file_whose_parts_do_not_fit_is_refused(tmp_path, parts, message):
    with pytest.raises(ValueError, match=message):
        load_weights(write(tmp_path / "net.pth", legacy_file(table(), **parts)))


@pytest.mark.parametrize("name", ["net.zip.pth", "net.legacy.pth", "checkpoint.zip.pth"])
def test_a_truncated_file_is_refused(tmp_path, name):
    whole = (REFERENCES / name).read_bytes()
    for cut in range(0, len(whole), 37):
        with pytest.raises(ValueError, match=r"net\.pth: cannot be read: \S"):
            load_weights(write(tmp_path / "net.pth", whole[:cut]))


def test_other_formats_under_this_name_are_refused(tmp_path):
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("storages"))
    for content, message in [
        (tar.getvalue(), "a tar file, PyTorch's first format"),
        (b"", "not a file of torch.save"),
        (b"<html>404 Not Found</html>", "not a file of torch.save"),
        ((REFERENCES / "net.safetensors").read_bytes(), "not a file of torch.save"),
        ((REFERENCES / "net.npz").read_bytes(), "not of torch.save"),
    ]:
        with pytest.raises(ValueError, match=message):
            load_weights(write(tmp_path / "net.pth", content))
