"""Options of `cnnlab export`, and of `evaluate` with its files, that are refused."""

from __future__ import annotations

import sys

import pytest

from cnnlab.api.exported_files import export_page
from cnnlab.api.network_export import export_network
from cnnlab.errors import UsageError

pytestmark = pytest.mark.slow


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
