"""Exported files that cnnlab does not evaluate: damaged, of other programs, or without weights."""

from __future__ import annotations

import onnx
import pytest

from cnnlab.errors import CheckpointError, UsageError
from cnnlab.exported_networks.network import open_exported

pytestmark = pytest.mark.slow


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
