"""Hostile files: each is refused in one sentence, and none of its code runs."""

import base64
import io
import json
import marshal
import os
import zipfile

import h5py
import numpy as np
import pytest
from checkpoint_builders import SMALL, members, network, refusal, replace, spec_of

from cnnlab import checkpoint
from cnnlab.spec.layers import Dense, Flatten

KERNEL, BIAS = "layers/dense/vars/0", "layers/dense/vars/1"


@pytest.fixture
def path(tmp_path):
    """A valid checkpoint of SMALL."""
    path = tmp_path / "some.keras"
    path.write_bytes(checkpoint.to_bytes(network(SMALL), spec_of(SMALL)))
    return path


def change_arrays(path, change):
    """The file with its HDF5 member changed by `change(file)`."""
    content = io.BytesIO(members(path.read_bytes())["model.weights.h5"])
    with h5py.File(content, "r+") as file:
        change(file)
    return replace(path, weights=content.getvalue())


def put(name, value, **options):
    def change(file):
        del file[name]
        file.create_dataset(name, data=value, **options)

    return change


def test_another_shape_is_refused(path):
    stack = (Flatten(), Dense(units=3, activation="softmax"))
    # 112 = 8 · 7 · 2
    told = "cnnlab/dense_2/kernel is float32 (112, 2), but the file's spec needs float32 (112, 3)"
    assert refusal(path, stack) == told


def test_other_layers_are_refused(path):
    told = (
        "config.json has a Flatten layer, but the file's spec has none; cnnlab did not write this"
    )
    assert refusal(path, (Dense(units=2),)) == told
    told = "config.json has 2 layers, but the file's spec has 3; cnnlab did not write this"
    assert refusal(path, (*SMALL, Dense(units=2))) == told


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_are_refused(path, value):
    bias = np.array([0, value], np.float32)
    assert refusal(change_arrays(path, put(BIAS, bias))) == (
        "cnnlab/dense_2/bias contains NaN or infinite numbers"
    )


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (np.zeros(2, np.float64), "float64 (2,)"),  # 1e300 in it would be infinite as float32
        (np.zeros(2, np.int32), "int32 (2,)"),
        (np.zeros(2, ">f4"), ">f4 (2,)"),
        (np.zeros(2, np.complex64), "complex64 (2,)"),
        (np.array([b"a", b"b"]), "|S1 (2,)"),
        (np.array(["a", "b"], h5py.string_dtype()), "object (2,)"),
        (np.zeros((2, 1), np.float32), "float32 (2, 1)"),
        (np.float32(0), "float32 ()"),
    ],
)
def test_an_array_of_another_kind_is_refused(path, value, told):
    expected = f"cnnlab/dense_2/bias is {told}, but the file's spec needs float32 (2,)"
    assert refusal(change_arrays(path, put(BIAS, value))) == expected


def test_an_array_that_is_missing_is_refused(path):
    told = "no array layers/dense/vars/1 (cnnlab/dense_2/bias), which the file's spec needs"

    def delete(file):
        del file[BIAS]

    assert refusal(change_arrays(path, delete)) == told


def test_an_array_in_the_place_of_a_folder_is_refused(path):
    told = "contains layers/dense/vars, which the file's spec does not have"
    assert refusal(change_arrays(path, put("layers/dense/vars", np.zeros(2)))) == told


def test_a_folder_in_the_place_of_an_array_is_refused(path):
    def change(file):
        del file[BIAS]
        file.create_group(BIAS)

    told = "layers/dense/vars/1 is not one contiguous array in this file"
    assert refusal(change_arrays(path, change)) == told


def test_extra_arrays_are_refused(path):
    def change(file):
        file["layers/dense/vars/2"] = np.zeros(3)

    told = "contains layers/dense/vars/2, which the file's spec does not have"
    assert refusal(change_arrays(path, change)) == told


def test_a_name_that_is_no_text_is_refused(path):
    def change(file):
        file["layers"].create_dataset(b"\xff\xfe", data=[1.0])

    told = refusal(change_arrays(path, change))
    assert told.startswith("contains layers/\N{REPLACEMENT CHARACTER}")


def test_groups_in_groups_are_refused(path):
    def change(file):
        group = file["layers"]
        for _ in range(500):
            group = group.create_group("a")

    told = refusal(change_arrays(path, change))
    assert told == f"contains layers{'/a' * 13}, which the file's spec does not have"


def test_groups_that_hold_themselves_are_passed_over(path):
    def change(file):
        file["layers/dense/more"] = file["layers"]
        file["layers/more"] = file["layers/dense"]

    checkpoint.load_weights(network(SMALL), change_arrays(path, change))


def test_numbers_kept_in_another_file_are_never_read(path, tmp_path):
    secret = tmp_path / "secret.bin"
    secret.write_bytes(np.ones(2, np.float32).tobytes())

    def change(file):
        del file[BIAS]
        file.create_dataset(BIAS, (2,), "float32", external=[(str(secret), 0, 8)])

    told = "layers/dense/vars/1 is not one contiguous array in this file"
    assert refusal(change_arrays(path, change)) == told


def test_a_virtual_array_of_another_file_is_never_read(path, tmp_path):
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["bias"] = np.ones(2, np.float32)
    layout = h5py.VirtualLayout((2,), "float32")
    layout[:] = h5py.VirtualSource(tmp_path / "other.h5", "bias", (2,))

    def change(file):
        del file[BIAS]
        file.create_virtual_dataset(BIAS, layout)

    told = "layers/dense/vars/1 is not one contiguous array in this file"
    assert refusal(change_arrays(path, change)) == told


@pytest.mark.parametrize(
    ("name", "told"), [("layers", "layers"), ("layers/dense", "dense"), (BIAS, "1")]
)
@pytest.mark.parametrize("external", [True, False])
def test_links_are_refused_and_not_followed(path, tmp_path, name, told, external):
    """The link names a pipe without a writer: opening it would wait for ever."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    def change(file):
        del file[name]
        file[name] = h5py.ExternalLink(str(pipe), "/x") if external else h5py.SoftLink("/")

    first = KERNEL if name != BIAS else BIAS
    expected = f"{told} in {first} is a link; the array must be in this file itself"
    assert refusal(change_arrays(path, change)) == expected


def test_a_compressed_array_is_refused(path):
    """A chunk can be of any size, whatever the array's shape."""
    bomb = {"chunks": (2**20,), "maxshape": (None,), "compression": "gzip"}
    told = "layers/dense/vars/1 is not one contiguous array in this file"
    assert refusal(change_arrays(path, put(BIAS, np.zeros(2, np.float32), **bomb))) == told


def test_huge_members_are_refused_before_they_are_read(path):
    # 224 + 2 numbers of 4 bytes, 4 times; 4,096 · (64 + 64 · 2 arrays + 2 layers)
    limit = 4 * 4 * 226 + 4096 * (64 + 128 + 2)
    replace(path, weights=bytes(50_000_000))
    told = f"model.weights.h5 has 50,000,000 bytes, but the file's spec needs at most {limit:,}"
    assert refusal(path) == told


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_other_compressions_are_refused(path, method):
    content = members(path.read_bytes())
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    told = "metadata.json is compressed in a way that Keras and cnnlab never write"
    assert refusal(path) == told


@pytest.mark.parametrize("name", ["config.json", "model.weights.h5", "cnnlab.json"])
def test_an_encrypted_member_is_refused(path, name):
    """Only the flag is set: a reader that passes over it reads the member as it is."""
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo(name)
    data[info.header_offset + 6] |= 1
    entry = data.rindex(name.encode()) - 46  # the fixed part of the table of contents
    assert data[entry : entry + 4] == b"PK\x01\x02"
    data[entry + 8] |= 1
    path.write_bytes(data)
    assert refusal(path) == f"{name} is encrypted, which Keras and cnnlab never do"


def test_a_key_that_is_there_twice_is_refused(path):
    config = members(path.read_bytes())["config.json"].decode()
    twice = config.replace('"layers":', '"layers": [], "layers":', 1)
    assert refusal(replace(path, config=twice)) == "config.json has the key layers twice"
    assert refusal(replace(path, spec=None), load=False) == "config.json has the key layers twice"
    spec = replace(path, spec='{"experiment": 1, "experiment": {}}')
    assert refusal(spec, load=False) == "damaged: the key experiment occurs twice"


def test_a_lambda_layer_is_refused_and_its_code_never_run(path, tmp_path):
    trap = tmp_path / "sprung"
    code = compile(f"open({str(trap)!r}, 'w')", "trap", "exec")
    function = base64.b64encode(marshal.dumps(code)).decode()
    config = json.loads(members(path.read_bytes())["config.json"])
    layer = {
        "module": "keras.layers",
        "class_name": "Lambda",
        "config": {"function": {"class_name": "__lambda__", "config": {"code": function}}},
    }
    config["config"]["layers"].insert(1, layer)
    told = "config.json has a Lambda layer, but the file's spec has none; cnnlab did not write this"
    assert refusal(replace(path, config=json.dumps(config))) == told
    assert not trap.exists()


def test_names_in_a_file_bring_no_escape_codes_to_the_terminal(path):
    config = {"config": {"layers": [{"class_name": "\x1b[2J" * 1000}]}}
    assert refusal(replace(path, config=json.dumps(config))).startswith("config.json has a  [2J")
    told = refusal(replace(path, spec='{"\\u001b[2J": 1}'), load=False)
    assert told == "not a spec of cnnlab: experiment: it is missing"


@pytest.mark.parametrize(
    "config",
    ["", "{", "[]", "null", "{}", '{"config": []}', "[" * 100_000, "\xff", '{"config": 1}'],
)
def test_a_config_that_lists_no_layers_is_refused(path, config):
    told = "config.json is damaged: no list of layers"
    assert refusal(replace(path, config=config.encode("latin1"))) == told
