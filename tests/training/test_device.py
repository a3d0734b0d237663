"""The names of --device: which devices they choose, and the errors for wrong names."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from cnnlab.errors import UsageError
from cnnlab.quiet_tensorflow import tf
from cnnlab.training.device import choose_device
from cnnlab.training.device_names import DeviceName, read_device_name, select_gpus

GPUS = {
    "/physical_device:GPU:0": {"device_name": "NVIDIA A100", "compute_capability": (8, 0)},
    "/physical_device:GPU:1": {"device_name": "NVIDIA T4", "compute_capability": (7, 5)},
}


@pytest.fixture
def computer(monkeypatch):
    """Let TensorFlow report so many GPUs; return the names of those that are visible."""
    visible: list[str] = []

    def build(count):
        gpus = [SimpleNamespace(name=name) for name in GPUS][:count]
        config = tf.config
        monkeypatch.setattr(config, "list_physical_devices", lambda kind: gpus)
        monkeypatch.setattr(
            config, "set_visible_devices", lambda chosen, kind: visible.extend(chosen)
        )
        monkeypatch.setattr(config.experimental, "set_memory_growth", lambda gpu, grows: None)
        monkeypatch.setattr(config.experimental, "get_device_details", lambda gpu: GPUS[gpu.name])
        return visible

    return build


@pytest.mark.parametrize(
    ("count", "name", "device", "replicas", "visible", "capability"),
    [
        (1, "auto", "NVIDIA A100 (TensorFlow found it)", (), [0], (8, 0)),
        (1, "gpu", "NVIDIA A100 (chosen by --device)", (), [0], (8, 0)),
        (
            2,
            "auto",
            "NVIDIA A100 (the first of 2 GPUs; --device gpu trains on all)",
            (),
            [0],
            (8, 0),
        ),
        (
            2,
            "gpu",
            "GPU 0: NVIDIA A100, GPU 1: NVIDIA T4 (chosen by --device)",
            ("GPU:0", "GPU:1"),
            [0, 1],
            (7, 5),
        ),
        (2, "gpu:0", "NVIDIA A100 (chosen by --device)", (), [0], (8, 0)),
        (2, "gpu:1", "NVIDIA T4 (chosen by --device)", (), [1], (7, 5)),
    ],
    ids=["one, auto", "one, gpu", "two, auto", "two, gpu", "two, gpu:0", "two, gpu:1"],
)
def test_a_name_chooses_gpus(computer, count, name, device, replicas, visible, capability):
    seen = computer(count)
    chosen = choose_device(name)
    assert (str(chosen), chosen.kind, chosen.replicas) == (device, "gpu", replicas)
    assert [gpu.name[-1] for gpu in seen] == [str(number) for number in visible]
    assert chosen.compute_capability == capability


@pytest.mark.parametrize(
    ("count", "remedy"),
    [
        (1, "GPU 0: NVIDIA A100; use --device gpu:0"),
        (
            2,
            "GPU 0: NVIDIA A100, GPU 1: NVIDIA T4; use --device gpu:0 to gpu:1, or --device gpu "
            "for all",
        ),
    ],
)
def test_the_error_for_a_missing_gpu_names_those_that_exist(computer, count, remedy):
    computer(count)
    with pytest.raises(UsageError) as caught:
        choose_device("gpu:2")
    assert str(caught.value) == f"--device gpu:2: this computer has {remedy}"


@pytest.mark.parametrize("name", ["", "tpu", "GPU", "gpu:", "gpu:-1", "gpu:1,2", "gpu:99999", "0"])
def test_other_names_are_refused(name):
    with pytest.raises(UsageError) as caught:
        choose_device(name)
    expected = "expected auto, cpu, gpu for all GPUs, or gpu:0, gpu:1, … for one GPU"
    assert str(caught.value) == f"--device {name}: {expected}"


def test_names_are_read_and_gpus_selected_without_tensorflow():
    assert read_device_name("gpu:12") == DeviceName("gpu", 12)
    assert select_gpus("gpu:1", ["GPU 0", "GPU 1"]) == [1]
