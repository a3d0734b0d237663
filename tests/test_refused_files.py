"""Files of other programs and versions are recognised, and each gets a way to convert it."""

import json
import zipfile

import keras
import pytest
from checkpoint_builders import SMALL, spec_of
from keras import layers as k

from cnnlab import __version__, run_folder
from cnnlab.errors import CheckpointError, RunError
from cnnlab.foreign_models import ForeignModelOptions, read_spec

SAVE = "in Keras 3, model.save('NAME.keras') writes a file that cnnlab reads as data"
OPTIONS = ForeignModelOptions("mnist", "unit")


def refuse(path):
    with pytest.raises(RunError) as error:
        run_folder.find_run(str(path), path.parent)
    return str(error.value).removeprefix(f"{path}: ")


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        (
            "a.pkl",
            b"\x80\x04\x95",
            "a pickle, which can run code when it is read; cnnlab does not ",
        ),
        ("a.bin", b"\x80\x02}q", "a pickle, which can run code when it is read; cnnlab does not "),
        ("a.pt", b"x", "a file by PyTorch; cnnlab does not "),
        (
            "a.h5",
            b"x",
            "named as an HDF5 model of Keras, but damaged or not HDF5; cnnlab does not ",
        ),
        ("a.pb", b"x", "a TensorFlow graph, which can read and write files; cnnlab does not "),
    ],
)
def test_a_file_of_another_program_is_named(tmp_path, name, content, told):
    path = tmp_path / name
    path.write_bytes(content)
    end = "open it" if "pickle" in told else "read it"
    assert refuse(path) == f"{told}{end}; {SAVE}"


def test_a_zip_file_of_a_later_version_is_damaged(tmp_path):
    path = tmp_path / "theirs.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", "{}")
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 6] = 84  # the table of contents asks for version 8.4
    path.write_bytes(content)
    with pytest.raises(CheckpointError):
        read_spec(path, OPTIONS)


@pytest.mark.parametrize("name", ["theirs.keras", "theirs"])
def test_a_tensorflow_lite_model_is_known_by_its_first_bytes(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"\x1c\0\0\0TFL3" + bytes(20))
    assert refuse(path) == (
        "a TensorFlow Lite model (format TFL3), which cnnlab does not read; Keras cannot read it "
        f"back either: save the Keras model that it was made of; {SAVE}"
    )


@pytest.mark.parametrize("name", ["a.onnx", "a.tflite"])
def test_an_exported_file_is_no_run(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"\x1c\0\0\0TFL3" + bytes(20))
    assert refuse(path) == (
        "a file for other programs; `cnnlab evaluate` and `cnnlab predict` read those that cnnlab "
        "exported; otherwise name the run"
    )


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """One small model in each format that Keras writes."""
    folder = tmp_path_factory.mktemp("models")
    model = keras.Sequential([keras.Input((28, 28, 1)), k.Flatten(), k.Dense(10, "softmax")])
    with pytest.MonkeyPatch.context() as patch:
        # Keras warns that the format is old; a warning would end the test.
        patch.setattr("absl.logging.warning", lambda *_: None)
        model.save(folder / "theirs.h5")
    model.save_weights(folder / "theirs.weights.h5")
    model.save(folder / "theirs.keras")
    return folder


def test_an_hdf5_model_is_named_with_its_version_and_converts_as_the_error_says(models, tmp_path):
    path = models / "theirs.h5"
    convert = f"keras.models.load_model({str(path)!r}, compile=False).save('theirs.keras')"
    assert refuse(path) == (
        f"an HDF5 model by Keras {keras.__version__}, which can contain code; cnnlab does not open "
        f"it; convert it in Keras 3: {convert}"
    )
    converted = tmp_path / "theirs.keras"
    keras.models.load_model(path, compile=False).save(converted)
    assert len(read_spec(converted, OPTIONS).experiment.model) == 2


def test_the_content_counts_and_not_the_ending(models, tmp_path):
    path = tmp_path / "theirs.keras"
    path.write_bytes((models / "theirs.h5").read_bytes())
    with pytest.raises(CheckpointError) as error:
        read_spec(path, OPTIONS)
    assert f"an HDF5 model by Keras {keras.__version__}" in str(error.value)
    assert str(error.value).endswith(".save('new_theirs.keras')")
    path = tmp_path / "theirs.h5"
    path.write_bytes((models / "theirs.keras").read_bytes())
    assert refuse(path) == "a .keras file with another ending; rename it to theirs.keras"


def test_weights_without_layers_are_named(models):
    path = models / "theirs.weights.h5"
    assert refuse(path) == (
        "an HDF5 file with weights but no layers, which cnnlab does not read; build the model in "
        f"its script, and call model.load_weights({str(path)!r}) and model.save('NAME.keras')"
    )


def write_saved_model(folder, **files):
    """A SavedModel of TensorFlow 2.15.0, as far as its first bytes go."""
    folder.mkdir()
    meta = b"\x08\x01\x12\x20\x0a\x10" + b"\x2a\x062.15.0" + b"\x32\x0bv2.15.0-rc1"
    for name, content in {"saved_model.pb": meta, **files}.items():
        (folder / name).write_bytes(content)
    return folder


def test_a_saved_model_folder_is_named_with_its_version(tmp_path):
    kind = "a SavedModel folder by TensorFlow 2.15.0, whose graphs can read and write files"
    folder = write_saved_model(tmp_path / "exported")
    assert refuse(folder) == f"{kind}; cnnlab does not open it; save the Keras model itself: {SAVE}"
    folder = write_saved_model(tmp_path / "theirs", **{"keras_metadata.pb": b""})
    assert refuse(folder) == (
        f"{kind}; cnnlab does not open it; Keras 2 wrote it, so convert it with the package "
        f"tf_keras: tf_keras.models.load_model({str(folder)!r}, compile=False).save('NAME.h5'), "
        "and then in Keras 3: keras.models.load_model('NAME.h5', compile=False)"
        ".save('theirs.keras')"
    )
    folder = write_saved_model(tmp_path / "named.keras")
    with pytest.raises(CheckpointError, match=r"named.keras: a SavedModel folder by TensorFlow"):
        read_spec(folder, OPTIONS)


def rewrite_member(source, target, name, content):
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for member in old.namelist():
            new.writestr(member, content if member == name else old.read(member))
    return target


def test_a_file_by_keras_2_is_named_with_its_version(models, tmp_path):
    metadata = b'{"keras_version": "2.15.0", "date_saved": "2024-01-01@00:00:00"}'
    path = rewrite_member(
        models / "theirs.keras", tmp_path / "theirs.keras", "metadata.json", metadata
    )
    for options in (OPTIONS, ForeignModelOptions()):
        with pytest.raises(CheckpointError) as error:
            read_spec(path, options)
        assert str(error.value) == (
            f"{path}: a .keras file of Keras 2.15.0; cnnlab reads those of Keras 3; convert it in "
            f"Keras 3: keras.models.load_model({str(path)!r}, compile=False)"
            ".save('new_theirs.keras')"
        )


@pytest.mark.parametrize("content", [b"{}", b"[]", b"text", b"[" * 50_000])
def test_a_file_without_a_version_of_keras_is_damaged(models, tmp_path, content):
    path = rewrite_member(
        models / "theirs.keras", tmp_path / "theirs.keras", "metadata.json", content
    )
    with pytest.raises(CheckpointError) as error:
        read_spec(path, OPTIONS)
    told = "metadata.json is damaged: it does not name the version of Keras"
    assert str(error.value) == f"{path}: {told}"


def test_a_keras_file_and_other_files_are_no_runs(models, tmp_path):
    assert refuse(models / "theirs.keras") == (
        "a .keras file, not a run; `cnnlab evaluate` and `cnnlab predict` read it"
    )
    told = "a data set, not a run; write its name after --dataset"
    for name in ("own.npz", "own.csv", "own.csv.gz", "train-images-idx3-ubyte"):
        (tmp_path / name).write_bytes(b"x")
        assert refuse(tmp_path / name) == told
    (tmp_path / "seven.png").write_bytes(b"x")
    assert refuse(tmp_path / "seven.png") == (
        f"a picture, not a run; name the run first: `cnnlab predict last {tmp_path / 'seven.png'}`"
    )
    (tmp_path / "notes.txt").write_bytes(b"x")
    assert refuse(tmp_path / "notes.txt") == "a file, but no run folder and no .keras file"


WITH_OPTIONS = (
    ("evaluate", "--dataset", "mnist", "--scaling", "standard"),
    ("evaluate", "--mean", "3", "--resize", "pad"),
    ("predict", "--scaling", "unit"),
    ("predict", "--save", "a.jpg"),
    ("explain", "--index", "-5", "nothing"),
    ("report", "--json"),
    ("resume", "--epochs", "+1", "--set", "nothing=1"),
)


@pytest.mark.parametrize("options", WITH_OPTIONS)
@pytest.mark.parametrize("name", ["none", "none.h5", "none.keras", "none.tflite", "a/none.npz"])
def test_a_missing_name_is_missing_whatever_options_stand_beside_it(
    run_cli, tmp_path, name, options
):
    code, out, err = run_cli(options[0], name, *options[1:], cwd=tmp_path)
    told = f"cnnlab: {name}: no such run or file; `cnnlab train CONFIG` makes one in runs/\n"
    assert (code, out, err) == (4, "", told)


@pytest.mark.parametrize("command", ["evaluate", "predict", "explain", "report", "resume"])
def test_every_command_names_the_format(run_cli, models, command):
    code, _, err = run_cli(command, "theirs.h5", cwd=models)
    assert code == 4
    assert err.startswith(f"cnnlab: theirs.h5: an HDF5 model by Keras {keras.__version__}, which")


@pytest.mark.parametrize("name", ["hf://keras/model", "gs://bucket/a.keras", "https://a.b/c.keras"])
def test_addresses_are_refused(tmp_path, name):
    with pytest.raises(RunError) as error:
        run_folder.find_run(name, tmp_path)
    assert str(error.value) == (
        f"{name}: an address; cnnlab downloads nothing: name a run or a .keras file on this machine"
    )


@pytest.fixture
def own_spec():
    """The spec of a small network, as a checkpoint has it: plain data."""
    return json.loads(run_folder.format_spec(spec_of(SMALL)))


@pytest.mark.parametrize("version", ["0.2.0", "1.0", "0.10.1rc1", "20.0.0.dev3"])
def test_a_checkpoint_by_a_newer_cnnlab_is_named_with_its_version(own_spec, version):
    assert own_spec["cnnlab"] == __version__
    own_spec["cnnlab"] = version
    assert parse(own_spec) == spec_of(SMALL)  # a newer version alone is no reason to refuse it
    own_spec["experiment"]["model"].insert(0, {"hologram": {}})
    with pytest.raises(CheckpointError) as error:
        parse(own_spec)
    assert str(error.value) == (
        f"last.keras: cnnlab {version} wrote it, and this is cnnlab {__version__}, which does not "
        "know all of it (experiment.model.0: unknown kind `hologram`); install cnnlab "
        f"{version} or newer to read it"
    )


@pytest.mark.parametrize("version", [None, "0.0.9", __version__, "\x1b[2J9.9", "9" * 99, 9, []])
def test_an_unknown_word_in_a_spec_may_come_from_a_newer_cnnlab(own_spec, version):
    own_spec["cnnlab"] = version
    own_spec["experiment"]["polish"] = 1
    with pytest.raises(CheckpointError) as error:
        parse(own_spec)
    text = str(error.value)
    told = "last.keras: not a spec of cnnlab: experiment.polish: unknown key `polish`; expected "
    assert text.startswith(told)
    assert text.endswith(f"; if a cnnlab newer than {__version__} wrote it, install that one")


def parse(plain):
    return run_folder.parse_spec(json.dumps(plain).encode(), "last.keras", CheckpointError)
