"""`cnnlab export`, and `evaluate` and `predict` with the files that it writes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import numpy as np
import onnx
import pytest
from PIL import Image
from small_disk import mount_small_disk

from cnnlab.api.exported_files import export_page
from cnnlab.api.network_export import export_network
from cnnlab.errors import CheckpointError, DiskError, ExportError, UsageError
from cnnlab.export import agreement, exported_file
from cnnlab.export.answering_network import build_answering_network
from cnnlab.exported_networks.network import open_exported
from cnnlab.prediction import compute_probabilities
from cnnlab.run_folder import RunFolder

pytestmark = pytest.mark.slow

ENDINGS = {"onnx": ".onnx", "litert": ".tflite", "saved_model": "", "keras": ".keras"}


@pytest.fixture(scope="module")
def export_folder(trained_run, build_once):
    """A folder with the trained run in both formats that have a runtime of their own."""

    def build(folder):
        for form in ("onnx", "litert"):
            export_network(str(trained_run.path), form, folder / f"small{ENDINGS[form]}")
        return folder

    return build_once("exported networks", build)


@pytest.mark.parametrize("form", ENDINGS)
def test_a_file_computes_what_the_run_computes(form, trained_run, tmp_path):
    path = tmp_path / f"small{ENDINGS[form]}"
    result = export_network(str(trained_run.path), form, path)
    figures = json.loads((tmp_path / f"{path.name}.export.json").read_text())
    assert figures == result.figures
    assert figures["agreement"]["images"] == 1000
    weights = ["checkpoints/best.keras"]
    assert (figures["status"], figures["epochs"], figures["checkpoints"]) == (
        "finished",
        2,
        weights,
    )
    assert figures["agreement"]["largest_difference"] <= 1e-5
    assert figures["size_bytes"] > 4 * trained_run.record["parameters"]
    assert figures["milliseconds_per_image"] > 0
    assert sorted(one.name for one in tmp_path.iterdir()) == [path.name, f"{path.name}.export.json"]


@pytest.mark.parametrize("form", ENDINGS)
def test_a_full_disk_is_one_sentence_and_nothing_is_left(form, trained_run, tmp_path):
    path = tmp_path / "disk" / f"small{ENDINGS[form]}"
    with mount_small_disk(path.parent, "size=16k") as disk:
        with pytest.raises(DiskError) as caught:
            export_network(str(trained_run.path), form, path)
        assert list(disk.iterdir()) == []
    reason = "no space left on device"
    assert str(caught.value) == f"{path}: cannot be written: {reason}; choose another path"


def test_an_export_of_an_unfinished_run_says_so(run_copy, tmp_path, run_cli):
    record = json.loads((run_copy / "run.json").read_text())
    (run_copy / "run.json").write_text(json.dumps(record | {"status": "stopped"}))
    state = json.loads((run_copy / "state.json").read_text())
    state["record"]["status"] = "stopped"
    (run_copy / "state.json").write_text(json.dumps(state))
    code, out, err = run_cli("export", run_copy, "--format", "keras", cwd=tmp_path)
    assert (code, err) == (0, "")
    assert out.startswith("note: the run is stopped; these are its weights after 2 epochs\nchecked")


def test_figures_that_cannot_be_written_leave_no_file(trained_run, tmp_path):
    (tmp_path / "small.onnx.export.json").mkdir()
    with pytest.raises(DiskError, match=r"small\.onnx\.export\.json: cannot be written"):
        export_network(str(trained_run.path), "onnx", tmp_path / "small.onnx")
    assert [one.name for one in tmp_path.iterdir()] == ["small.onnx.export.json"]


def test_a_keras_file_for_other_programs_is_not_evaluated(trained_run, tmp_path, run_cli):
    export_network(str(trained_run.path), "keras", tmp_path / "small.keras")
    code, out, err = run_cli("evaluate", "small.keras", cwd=tmp_path)
    assert (code, out) == (4, "")
    assert err.splitlines()[-1] == (
        "cnnlab: small.keras: `cnnlab export` wrote this file for programs without cnnlab; name "
        "the run, or one of its checkpoints"
    )


def test_an_onnx_file_says_what_it_reads_and_answers(export_folder):
    model = onnx.load(export_folder / "small.onnx")
    texts = {one.key: one.value for one in model.metadata_props}
    assert json.loads(texts["classes"]) == [str(digit) for digit in range(10)]
    assert json.loads(texts["preparation"])["shape"] == [28, 28, 1]
    assert json.loads(texts["cnnlab_spec"])["experiment"]["data"]["dataset"] == "./small.npz"
    [images], [probabilities] = model.graph.input, model.graph.output
    assert (images.name, images.type.tensor_type.elem_type) == ("images", onnx.TensorProto.UINT8)
    assert probabilities.name == "probabilities"
    sides = images.type.tensor_type.shape.dim
    assert [sides[0].dim_param, *(one.dim_value for one in sides[1:])] == ["batch", 28, 28, 1]


@pytest.mark.parametrize("ending", [".onnx", ".tflite"])
def test_evaluate_measures_a_file_like_the_run(export_folder, evaluated_run, run_cli, ending):
    run, expected = evaluated_run
    path = export_folder / f"small{ending}"
    options = ("--dataset", run.folder / "small.npz", "--json")
    code, text, said = run_cli("evaluate", path, *options, cwd=run.folder)
    assert (code, said) == (0, "")
    found = json.loads(text)
    for name in ("accuracy", "confusion_matrix", "images", "split"):
        assert found[name] == expected[name]
    assert found["cross_entropy"] == pytest.approx(expected["cross_entropy"], abs=1e-5)


@pytest.mark.parametrize("ending", [".onnx", ".tflite"])
def test_predict_with_a_file_does_not_load_tensorflow(export_folder, trained_run, tmp_path, ending):
    pixels = np.full((40, 40), 255, np.uint8)
    pixels[8:32, 18:22] = 0
    Image.fromarray(pixels).save(tmp_path / "one.png")
    program = (
        "import sys, cnnlab\n"
        "found = cnnlab.predict(sys.argv[1], [sys.argv[2]])\n"
        "loaded = {'tensorflow', 'keras', 'matplotlib', 'sklearn'} & sys.modules.keys()\n"
        "print(sorted(loaded), found[0].predicted, round(found[0].probability, 4))"
    )
    command = [
        sys.executable,
        "-c",
        program,
        export_folder / f"small{ending}",
        tmp_path / "one.png",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    import cnnlab

    [expected] = cnnlab.predict(str(trained_run.path), [str(tmp_path / "one.png")])
    answer = f"[] {expected.predicted} {round(expected.probability, 4)}\n"
    assert (done.stdout, done.stderr) == (answer, "")


@pytest.mark.parametrize("form", ["onnx", "litert"])
def test_eight_bits_are_measured_against_the_run(form, trained_run, tmp_path):
    path = tmp_path / f"small{ENDINGS[form]}"
    result = export_network(str(trained_run.path), form, path, quantize="int8")
    found = result.figures["accuracy"]
    low, high = found["run"]["accuracy_interval"]
    assert low <= found["file"]["accuracy"] <= high
    assert (found["images"], found["verdict"]) == (2000, "good")
    assert found["only_file_right"] - found["only_run_right"] == round(2000 * found["difference"])
    assert "no worse than the run by this test" in result.sentence
    assert open_exported(path).metadata.quantized == "int8"


def test_a_worse_file_is_not_called_good():
    labels = np.zeros(1000, int)
    run, file = np.tile([0.9, 0.1], (1000, 1)), np.tile([0.9, 0.1], (1000, 1))
    file[:40] = [0.4, 0.6]
    found = agreement.compare_accuracy(file, run, labels)
    assert found["verdict"] == "worse"
    assert found["mcnemar_p"] < 1e-9
    assert agreement.compare_accuracy(run, run, labels)["verdict"] == "good"


def test_a_file_that_computes_something_else_is_not_left(trained_run, tmp_path, monkeypatch):
    monkeypatch.setattr(agreement, "TOLERANCE", -1.0)  # no file is that exact
    with pytest.raises(ExportError, match="the onnx file does not compute what the run computes"):
        export_network(str(trained_run.path), "onnx", tmp_path / "small.onnx")
    assert list(tmp_path.iterdir()) == []


def test_weights_that_a_training_replaces_meanwhile_are_not_compared(
    run_copy, tmp_path, monkeypatch
):
    def replace_weights(*arguments):
        shutil.copy(checkpoints / "initial.keras", checkpoints / "new.keras")
        os.replace(checkpoints / "new.keras", checkpoints / "best.keras")
        return open_target(*arguments)

    checkpoints, open_target = run_copy / "checkpoints", exported_file._open_target
    monkeypatch.setattr(exported_file, "_open_target", replace_weights)
    with pytest.raises(ExportError, match="saved another epoch during the export, so no file was"):
        export_network(str(run_copy), "keras", tmp_path / "small.keras")
    assert [one.name for one in tmp_path.iterdir()] == ["runs"]


def test_the_networks_of_an_ensemble_become_one_that_computes_their_mean(trained_run):
    run = RunFolder(trained_run.path)
    spec = run.read_spec()
    parts = [(spec, run.checkpoint_path(name)) for name in ("best", "initial")]
    images = np.random.default_rng(0).integers(0, 256, (20, 28, 28, 1), np.uint8)
    found = build_answering_network(parts)(images, training=False).numpy()
    assert np.abs(found - compute_probabilities(parts, images)).max() < 1e-6


def test_a_file_of_another_program_is_only_named(export_folder, tmp_path):
    model = onnx.load(export_folder / "small.onnx")
    del model.metadata_props[:]
    onnx.save(model, tmp_path / "theirs.onnx")
    data = (export_folder / "small.tflite").read_bytes()
    (tmp_path / "theirs.tflite").write_bytes(data[: data.rindex(b"PK\3\4")])
    for name in ("theirs.onnx", "theirs.tflite"):
        expected = (
            f"{tmp_path / name}: cnnlab did not write this file, or the file is cut short, so the "
            "preparation of its images and its classes are unknown; cnnlab evaluates the files "
            "that `cnnlab export` writes"
        )
        with pytest.raises(UsageError) as error:
            open_exported(tmp_path / name)
        assert str(error.value) == expected


@pytest.mark.parametrize("ending", [".onnx", ".tflite"])
def test_a_damaged_file_is_an_error(export_folder, tmp_path, ending):
    data = (export_folder / f"small{ending}").read_bytes()
    path = tmp_path / f"bad{ending}"
    for damaged in (b"", b"\0" * 100, data[:100], data[: len(data) // 2], b"TFL3" + data):
        path.write_bytes(damaged)
        with pytest.raises((CheckpointError, UsageError), match=f"bad{ending}: "):
            open_exported(path)


def test_a_spec_that_does_not_fit_the_network_is_an_error(export_folder, tmp_path):
    model = onnx.load(export_folder / "small.onnx")
    [spec] = [one for one in model.metadata_props if one.key == "cnnlab_spec"]
    spec.value = spec.value.replace("[\n      28,\n      28,\n      1\n    ]", "[32, 32, 1]")
    onnx.save(model, tmp_path / "other.onnx")
    with pytest.raises(CheckpointError, match=r"its input is \(28, 28, 1\), but its spec has"):
        open_exported(tmp_path / "other.onnx")


def test_weights_in_another_file_are_refused(export_folder, tmp_path):
    (tmp_path / "secret").write_bytes(b"\0" * 10_000)
    model = onnx.load(export_folder / "small.onnx")
    array = next(one for one in model.graph.initializer if len(one.raw_data) > 1000)
    array.ClearField("raw_data")
    array.data_location = onnx.TensorProto.EXTERNAL
    array.external_data.add(key="location", value="../../../../../../" + str(tmp_path / "secret"))
    path = tmp_path / "reader.onnx"
    path.write_bytes(model.SerializeToString())
    with pytest.raises(CheckpointError, match=r"reader\.onnx: damaged"):
        open_exported(path)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--format", "keras", "--quantize", "int8"],
            "--quantize int8: keras cannot; onnx, litert",
        ),
        (["--format", "onnx", "--output", "x.tflite"], "x.tflite: the name must end in .onnx"),
        (["--format", "onnx", "--output", "no/x.onnx"], "no/x.onnx: there is no folder no"),
        (["--format", "saved_model", "--output", "mine"], "mine: this folder exists, and cnnlab"),
        (
            ["--format", "saved_model", "--output", "file"],
            "file: this is a file; a SavedModel is a",
        ),
        (["--format", "python", "--output", "d.py"], "d.py: this is a folder; name a file"),
    ],
)
def test_wrong_options_are_refused(trained_run, run_cli, tmp_path, arguments, message):
    (tmp_path / "mine").mkdir()
    (tmp_path / "d.py").mkdir()
    (tmp_path / "file").touch()
    code, text, said = run_cli("export", trained_run.path, *arguments, cwd=tmp_path)
    assert (code, text) == (2, "")
    assert message in said


def test_python_refuses_wrong_options_too(trained_run, tmp_path):
    run = str(trained_run.path)
    with pytest.raises(UsageError, match=r"api\.txt: the name must end in \.onnx"):
        export_network(run, "onnx", tmp_path / "api.txt")
    with pytest.raises(UsageError, match="quantize int4: expected int8 or float16"):
        export_network(run, "onnx", quantize="int4")
    with pytest.raises(UsageError, match=r"page: no such format.*; cnnlab\.export_page"):
        export_network(run, "page")
    with pytest.raises(UsageError, match=r"api\.txt: the name must end in \.html"):
        export_page(run, tmp_path / "api.txt")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_package_is_named_with_its_extra(trained_run, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tf2onnx", None)
    with pytest.raises(UsageError, match=r"tf2onnx is not installed: pip install 'cnnlab\[onnx\]'"):
        export_network(str(trained_run.path), "onnx", tmp_path / "small.onnx")


def test_several_files_and_copies_of_images_are_refused(export_folder, run_cli):
    two = ("evaluate", "small.onnx", "small.tflite")
    assert "an exported file is evaluated alone" in run_cli(*two, cwd=export_folder)[2]
    shifted = ("evaluate", "small.onnx", "--tta", "shift")
    assert "cnnlab averages over copies only for runs" in run_cli(*shifted, cwd=export_folder)[2]
    no_data = ("evaluate", "small.onnx")
    assert (
        "name its data with --dataset; it was small.npz" in run_cli(*no_data, cwd=export_folder)[2]
    )
