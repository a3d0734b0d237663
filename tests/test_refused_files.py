"""References to files that can run code, and to addresses, are refused by their names."""

import pytest

from cnnlab import run_folder
from cnnlab.errors import RunError


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("model.h5", "a model of an older Keras, which can contain code"),
        ("a/weights.hdf5", "a model of an older Keras, which can contain code"),
        ("model.pkl", "a pickle, which can run code when it is read"),
        ("net.pt", "a pickle, which can run code when it is read"),
        ("saved_model.pb", "a TensorFlow graph, which can read and write files"),
    ],
)
def test_files_that_can_run_code_are_refused_by_their_names(tmp_path, name, kind):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    for there in (False, True):
        with pytest.raises(RunError) as error:
            run_folder.find_run(str(path), tmp_path)
        assert str(error.value) == (
            f"{path}: {kind}; cnnlab does not open it; in Keras, model.save('NAME.keras') writes "
            "a file that "
            "cnnlab reads as data"
        )
        if not there:
            path.touch()


def test_a_saved_model_folder_is_refused(tmp_path):
    (tmp_path / "saved").mkdir()
    (tmp_path / "saved/saved_model.pb").touch()
    with pytest.raises(RunError, match="a SavedModel folder, whose graphs can read and write"):
        run_folder.find_run(str(tmp_path / "saved"), tmp_path)


@pytest.mark.parametrize("name", ["hf://keras/model", "gs://bucket/a.keras", "https://a.b/c.keras"])
def test_addresses_are_refused(tmp_path, name):
    with pytest.raises(RunError) as error:
        run_folder.find_run(name, tmp_path)
    assert str(error.value) == (
        f"{name}: an address; cnnlab downloads nothing: name a run or a .keras file on this machine"
    )
