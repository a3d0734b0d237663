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

from cnnlab.api.network_export import export_network
from cnnlab.errors import DiskError, ExportError
from cnnlab.export import agreement, exported_file
from cnnlab.export.answering_network import build_answering_network
from cnnlab.exported_networks.network import open_exported
from cnnlab.prediction import compute_probabilities
from cnnlab.run_folder import RunFolder

pytestmark = pytest.mark.slow

ENDINGS = {"onnx": ".onnx", "litert": ".tflite", "saved_model": "", "keras": ".keras"}


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
