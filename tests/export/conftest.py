"""A folder with exported networks, which several files of tests share."""

from __future__ import annotations

import pytest

from cnnlab.api.network_export import export_network


@pytest.fixture(scope="session")
def export_folder(trained_run, build_once):
    """A folder with the trained run in both formats that have a runtime of their own."""

    def build(folder):
        for form, name in (("onnx", "small.onnx"), ("litert", "small.tflite")):
            export_network(str(trained_run.path), form, folder / name)
        return folder

    return build_once("exported networks", build)
