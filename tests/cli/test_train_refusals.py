"""What `cnnlab train` refuses before it loads TensorFlow and creates a run folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

# The command line itself, and then whether TensorFlow was loaded.
PROGRAM = """
import sys
from cnnlab.cli.main import main
sys.argv = ["cnnlab", *sys.argv[1:]]
try:
    main()
finally:
    sys.stdout.write("loaded" if "tensorflow" in sys.modules else "light")
"""


@pytest.fixture
def folder(small_data, tmp_path):
    shutil.copy(small_data / "small.yaml", tmp_path)
    os.symlink(small_data / "small.npz", tmp_path / "small.npz")
    return tmp_path


def train_refused(folder, *arguments):
    """Exit code and stderr of a `train` that is refused; checks that it left no run."""
    before = sorted(folder.iterdir())
    command = [sys.executable, "-c", PROGRAM, "train", *map(str, arguments)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.stdout == "light"
    assert "Traceback" not in done.stderr
    assert sorted(folder.iterdir()) == before
    return done.returncode, done.stderr


def test_all_faults_of_the_config_are_reported(folder):
    text = (folder / "small.yaml").read_text().replace("filters: 16", "filtres: 16", 1)
    (folder / "small.yaml").write_text(text.replace("epochs: 2", "epochs: 0"))
    code, said = train_refused(folder, "small.yaml")
    assert code == 2
    assert "small.yaml:8:12: model[0].conv.filtres: " in said
    assert "did you mean `filters`?" in said
    assert "small.yaml:19:11: training.epochs: " in said
    assert said.endswith("2 faults\n")


@pytest.mark.parametrize("option", [("--parallel", "2"), ("--parallel", "auto"), ("--ray", "auto")])
def test_one_network_is_not_trained_in_parallel(folder, option):
    assert train_refused(folder, "small.yaml", *option) == (
        2,
        f"cnnlab: {option[0]}: the config describes one network, so there is nothing to train at "
        "once; add --seeds, or an ensemble such as --set ensemble=3\n",
    )


def test_a_wrong_edit_is_reported(folder):
    code, said = train_refused(folder, "small.yaml", "--set", "training.epochs=many")
    assert code == 2
    assert "--set training.epochs=many" in said


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ("no.yaml", "no.yaml: there is no such config; `cnnlab new` writes one to start from"),
        (".", ".: this is a folder, not a config"),
        ("small.yaml/x", "small.yaml/x: cannot be read: Not a directory"),
        ("ü b.yaml", "ü b.yaml: there is no such config; `cnnlab new` writes one to start from"),
    ],
)
def test_a_config_that_cannot_be_read_is_reported(run_cli, folder, config, sentence):
    assert run_cli("train", config, cwd=folder) == (2, "", f"cnnlab: {sentence}\n")


def test_no_text_at_all_is_reported(run_cli, folder):
    for data in (b"", b"\x00\xff", bytes(range(256)), b"PK\x03\x04" + bytes(100)):
        (folder / "odd.yaml").write_bytes(data)
        code, out, said = run_cli("train", "odd.yaml", cwd=folder)
        assert (code, out) == (2, "")
        assert said.startswith("odd.yaml:")


def test_missing_data_is_reported(folder):
    (folder / "small.npz").unlink()
    assert train_refused(folder, "small.yaml") == (
        3,
        f"cnnlab: {folder / 'small.npz'}: there is no such file "
        "(relative paths start at the config's folder)\n",
    )


@pytest.mark.parametrize("keep", [0, 100, 100_000])
def test_data_that_was_cut_short_is_reported(run_cli, folder, small_data, keep):
    (folder / "small.npz").unlink()
    (folder / "small.npz").write_bytes((small_data / "small.npz").read_bytes()[:keep])
    code, out, said = run_cli("train", "small.yaml", cwd=folder)
    assert (code, out) == (3, "")
    assert said.startswith(f"cnnlab: {folder / 'small.npz'}: not an .npz file")


def test_data_of_another_shape_is_reported(run_cli, folder):
    (folder / "small.npz").unlink()
    ones = np.ones((20, 28, 28), dtype=np.float32)
    np.savez(folder / "small.npz", x_train=ones, y_train=np.zeros(19, int), x_test=ones)
    code, out, said = run_cli("train", "small.yaml", cwd=folder)
    assert (code, out) == (3, "")
    found = "x_train (20, 28, 28) float32, y_train (19,) int64, x_test (20, 28, 28) float32"
    needed = f"the file has {found}; cnnlab does not find the test labels\n"
    assert said.startswith(f"{folder / 'small.npz'}: {needed}")


def test_a_file_in_place_of_the_runs_is_refused(folder):
    (folder / "runs").write_text("")
    code, said = train_refused(folder, "small.yaml")
    assert code == 2
    assert said.endswith("Invalid value for '--runs': Directory 'runs' is a file.\n")


@pytest.mark.slow
@pytest.mark.parametrize("device", ["gpu", "gpu:1"])
def test_a_gpu_that_is_not_there_is_reported_in_one_sentence(cnnlab, folder, device):
    done = cnnlab("train", "small.yaml", "--device", device, cwd=folder, CUDA_VISIBLE_DEVICES="")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"cnnlab: --device {device}: TensorFlow finds no GPU on this computer; on Linux with an "
        "NVIDIA driver, type `pip install 'cnnlab[gpu]'`, or use --device cpu\n"
    )
    assert not (folder / "runs").exists()
