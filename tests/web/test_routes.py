"""The answers of a lab: lists, runs, checks, networks, images, comparisons and sweeps."""

from __future__ import annotations

import base64
import io
import json
import shutil

import numpy as np
import pytest
from lab_server import open_lab
from PIL import Image
from run_builders import make_run
from sweep_folder_builders import make_sweep

CONFIG = """\
name: drawn
data: {dataset: mnist}
model:
  - conv: {filters: 8, kernel_size: 3, activation: relu}
  - max_pool: 2
  - flatten
  - dense: {units: 10, activation: softmax}
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory, evaluated_run):
    """A lab with a trained and evaluated run, two runs without networks, and a sweep."""
    folder = tmp_path_factory.mktemp("lab")
    runs = folder / "runs"
    shutil.copytree(evaluated_run[0].path, runs / "small-001")
    first = {"started": "2023-01-01T00:00:00Z", "parameters": 7, "data": {"dataset": "mnist"}}
    make_run(runs, "first", wrong=range(5), record=first)
    make_run(runs, "second", wrong=range(40), evaluated=True, model=["flatten", {"dense": 10}])
    make_sweep(runs, "kernels", count=4)
    (folder / "configs").mkdir()
    (folder / "configs/drawn.yaml").write_text(CONFIG)
    (folder / "notes.txt").write_text("no config")
    with open_lab(folder) as lab:
        yield lab


def decode(image: dict) -> np.ndarray:
    return np.frombuffer(base64.b64decode(image["pixels"]), np.uint8).reshape(image["shape"])


def test_the_list_has_runs_and_sweeps_the_newest_first(lab):
    answer = lab.get("/api/runs")
    rows = answer["runs"]
    assert answer["folder"] == "runs"
    assert rows[0]["name"] == "small-001"
    assert rows[-1] == {
        "name": "first-001",
        "kind": "run",
        "status": "finished",
        "started": "2023-01-01T00:00:00Z",
        "dataset": "mnist",
        "epochs": 2,
        "accuracy": 0.95,
        "val_accuracy": 0.8,
        "parameters": 7,
        "fault": "",
    }
    [sweep] = [row for row in rows if row["kind"] == "sweep"]
    assert (sweep["name"], sweep["trials"], sweep["planned_trials"]) == ("kernels-001", 4, 4)


def test_a_run_is_described_as_by_runs_show_with_config_history_and_diagnosis(lab, cnnlab):
    answer = lab.get("/api/runs/small-001")
    shown = json.loads(cnnlab("runs", "show", "small-001", "--json", cwd=lab.folder).stdout)
    config = (lab.folder / "runs/small-001/config.yaml").read_text()
    assert {name: answer[name] for name in shown} == shown | {"config": config}
    assert answer["config_name"] == "small"
    assert [row["epoch"] for row in answer["history"]] == [1, 2]
    assert answer["members"] == []
    assert all(isinstance(sentence, str) for sentence in answer["diagnosis"])


def test_an_ensemble_names_the_members_whose_training_has_begun(lab):
    team = make_run(lab.folder / "runs", "team", record={"seeds": [1, 2, 3]}, evaluated=False)
    for number in (2, 1):
        member = team.path / f"members/{number}"
        shutil.copytree(lab.folder / "runs/small-001", member)
    answer = lab.get("/api/runs/team-001")
    assert answer["members"] == ["team-001/members/1", "team-001/members/2"]
    assert (answer["history"], answer["diagnosis"]) == ([], [])
    assert lab.get("/api/runs/team-001/members/2")["history"][1]["epoch"] == 2
    [row] = [one for one in lab.get("/api/runs")["runs"] if one["name"] == "team-001"]
    assert row["kind"] == "ensemble"
    shutil.rmtree(team.path)


def test_a_trial_is_a_run_under_its_long_name(lab):
    assert lab.get("/api/runs/kernels-001/trials/002")["name"] == "kernels-001/trials/002"


def test_a_missing_run_is_404_in_words(lab):
    answer = lab.request("GET", "/api/runs/none-001")
    assert (answer.status, answer.content) == (404, {"error": "none-001: no such run in runs/"})


def test_a_text_without_faults_gives_the_table_of_check_and_a_drawing(lab, cnnlab):
    answer = lab.post("/api/check", {"text": CONFIG})
    done = cnnlab("check", "configs/drawn.yaml", "--json", cwd=lab.folder)
    checked = json.loads(done.stdout)
    assert answer["faults"] == []
    assert answer["table"] == checked["rows"]
    assert answer["totals"]["parameters"] == checked["parameters"]
    assert answer["summary"] == cnnlab("check", "configs/drawn.yaml", cwd=lab.folder).stdout
    assert answer["drawing"].startswith("<svg ")


def test_every_fault_of_a_text_has_its_place_and_the_text_of_check(lab):
    text = CONFIG.replace("filters: 8", "filtres: 8").replace("units: 10", "units: ten")
    answer = lab.post("/api/check", {"text": text})
    places = [(one["line"], one["column"], one["end_column"]) for one in answer["faults"]]
    assert places == [(4, 12, 19), (7, 20, 23)]
    assert answer["faults"][0]["message"] == "unknown key `filtres`"
    assert answer["faults"][0]["hint"] == "did you mean `filters`?"
    assert answer["faults"][1]["text"].startswith("experiment.yaml:7:20: model[3].dense.units: ")
    assert (answer["table"], answer["totals"], answer["drawing"]) == ([], None, None)


def test_a_text_is_checked_from_the_folder_of_its_config(lab):
    np.savez(lab.folder / "configs/own.npz", x_train=np.zeros((20, 8, 8), np.uint8), **labels())
    text = CONFIG.replace("mnist", "own.npz").replace("units: 10", "units: 2")
    assert lab.post("/api/check", {"text": text, "folder": "configs"})["faults"] == []
    [fault] = lab.post("/api/check", {"text": text})["faults"]
    assert "own.npz" in fault["message"]


def labels() -> dict[str, np.ndarray]:
    return {
        "y_train": np.arange(20) % 2,
        "x_test": np.zeros((4, 8, 8), np.uint8),
        "y_test": np.arange(4) % 2,
    }


def test_the_schema_is_that_of_the_command(lab, cnnlab):
    assert lab.get("/api/schema") == json.loads(cnnlab("schema", cwd=lab.folder).stdout)


def test_configs_are_listed_read_and_saved_by_their_paths(lab):
    assert lab.get("/api/configs")["configs"] == ["configs/drawn.yaml"]
    answer = lab.get("/api/configs/configs/drawn.yaml")
    assert answer == {"path": "configs/drawn.yaml", "text": CONFIG}
    lab.request("PUT", "/api/configs/configs/other.yaml", {"text": "name: Größe\n"})
    assert lab.get("/api/configs/configs/other.yaml")["text"] == "name: Größe\n"
    (lab.folder / "configs/other.yaml").unlink()


def test_the_network_and_its_weights_are_those_of_the_export(lab):
    network = lab.get("/api/runs/small-001/network")
    assert network["classes"] == list("0123456789")
    [member] = network["members"]
    weights = {}
    for checkpoint in member["checkpoints"]:
        answer = lab.request("GET", f"/api/runs/small-001/weights/0/{checkpoint}")
        assert answer.headers["content-type"] == "application/octet-stream"
        weights[checkpoint] = np.frombuffer(answer.body, "<f4")
        assert weights[checkpoint].shape == (network["floats"],)
    assert not np.array_equal(weights["untrained"], weights["best"])
    for wrong in ("0/none", "1/best", "-1/best", "0/../best"):
        assert lab.request("GET", f"/api/runs/small-001/weights/{wrong}").status == 404


def test_one_image_is_found_by_its_index(lab, small_data):
    with np.load(small_data / "small.npz") as data:
        pixels, label = data["x_test"][7], data["y_test"][7]
    answer = lab.get("/api/runs/small-001/images?split=test&index=7")
    [image] = answer["images"]
    assert (answer["count"], image["index"], image["truth"]) == (1, 7, str(label))
    assert np.array_equal(decode(image)[..., 0], pixels)


def test_a_cell_of_the_matrix_leads_to_its_images(lab):
    matrix = lab.get("/api/runs/small-001/matrix")
    counts = np.array(matrix["counts"])
    wrong = counts * (1 - np.eye(10, dtype=int))
    truth, prediction = np.unravel_index(wrong.argmax(), wrong.shape)
    path = f"/api/runs/small-001/images?truth={truth}&prediction={prediction}"
    answer = lab.get(path)
    assert answer["count"] == len(answer["images"]) == wrong.max()
    for image in answer["images"]:
        assert (image["truth"], image["prediction"]) == (str(truth), str(prediction))
        assert 0.1 < image["confidence"] <= 1
    diagonal = lab.get("/api/runs/small-001/images?truth=1&prediction=1")
    assert (diagonal["count"], len(diagonal["images"])) == (counts[1, 1], 100)


def test_random_images_are_the_same_for_the_same_seed(lab):
    path = "/api/runs/small-001/images?random=12&split=validation&seed="
    first, again, other = (lab.get(path + seed)["images"] for seed in "112")
    assert len({image["index"] for image in first}) == 12
    assert first == again != other


@pytest.mark.parametrize(
    "query",
    [
        *("index=-1", "index=2000", "index=x", "index=1e9", "random=0", "random=101", "split=all"),
        *("truth=1", "truth=10&prediction=0", "index=" + "9" * 5000),
    ],
)
def test_images_that_there_are_not_are_refused(lab, query):
    answer = lab.request("GET", f"/api/runs/small-001/images?{query}")
    assert answer.status == 400
    assert answer.content["error"]


def test_a_picture_file_is_prepared_as_predict_does(lab):
    picture = np.full((200, 150), 255, np.uint8)
    picture[40:160, 70:84] = 20
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    [part] = lab.post("/api/runs/small-001/prepare", file.getvalue())["parts"]
    assert decode(part).shape == (28, 28, 1)
    assert isinstance(part["notes"], list)


def test_a_run_without_evaluation_has_no_matrix_until_it_is_evaluated(lab):
    shutil.copytree(
        lab.folder / "runs/small-001",
        lab.folder / "runs/copy-001",
        ignore=shutil.ignore_patterns("evaluation"),
    )
    answer = lab.request("GET", "/api/runs/copy-001/matrix")
    assert answer.status == 404
    assert answer.content["error"].endswith("evaluate it first: cnnlab evaluate runs/copy-001")
    [image] = lab.get("/api/runs/copy-001/images?index=3")["images"]
    assert (image["prediction"], image["confidence"]) == (None, None)
    matrix = lab.post("/api/runs/copy-001/evaluate", {})
    expected = lab.get("/api/runs/small-001/matrix")
    assert matrix == expected == lab.get("/api/runs/copy-001/matrix")
    assert np.array(matrix["counts"]).sum() == matrix["images"] == 2000
    shutil.rmtree(lab.folder / "runs/copy-001")


def test_runs_are_compared_in_a_sentence(lab, cnnlab):
    answer = lab.get("/api/compare?runs=first-001,second-001")
    done = cnnlab("compare", "first-001", "second-001", "--json", cwd=lab.folder)
    compared = json.loads(done.stdout)
    assert answer == {"sentence": compared["answer"], **compared}
    for names in ("", "first-001", "first-001,none-001", "first,second"):
        assert lab.request("GET", f"/api/compare?runs={names}").status in (400, 404)


def test_a_sweep_has_its_trials_its_goal_and_what_matters(lab):
    answer = lab.get("/api/sweeps/kernels-001")
    assert answer["goal"] == {"metric": "val_accuracy", "at_least": None, "direction": "max"}
    assert [trial["run"] for trial in answer["trials"]] == [
        f"kernels-001/trials/00{number}" for number in (1, 2, 3, 4)
    ]
    assert sorted(answer["ranking"]) == [1, 2, 3, 4]
    assert answer["ranking"][0] == answer["best"]
    assert list(answer["parameters"]) == list(answer["short_names"])
    found = lab.get("/api/sweeps/kernels-001/importances")
    assert isinstance(found["importance"], str)
    assert lab.request("GET", "/api/sweeps/small-001").status == 404


def test_stop_and_resume_of_a_finished_run_are_refused(lab):
    stop = lab.request("POST", "/api/runs/small-001/stop", {})
    assert stop.status == 404
    assert "no process trains this run; it is finished" in stop.content["error"]
    resume = lab.request("POST", "/api/runs/small-001/resume", {})
    assert resume.status == 400
    assert "--epochs" in resume.content["error"]


def test_a_damaged_run_is_listed_with_its_fault(lab):
    broken = make_run(lab.folder / "runs", "broken")
    (broken.path / "run.json").write_text("{")
    [row] = [one for one in lab.get("/api/runs")["runs"] if one["name"] == "broken-001"]
    assert row["status"] == "damaged"
    assert "run.json" in row["fault"]
    assert lab.request("GET", "/api/runs/broken-001").status == 404
    shutil.rmtree(broken.path)


def test_other_methods_and_paths_are_refused(lab):
    for method, path in (("DELETE", "/api/runs/small-001"), ("POST", "/api/runs"), ("PUT", "/")):
        assert lab.request(method, path).status == 405
    assert lab.request("GET", "/api/none").content == {"error": "Not Found"}


def test_a_page_file_that_has_not_changed_is_not_sent_again(lab):
    first = lab.request("GET", "/page/app.js")
    again = lab.request("GET", "/page/app.js", headers={"If-None-Match": first.headers["etag"]})
    assert (first.status, again.status, again.body) == (200, 304, b"")
    assert first.headers["content-type"].startswith("text/javascript")
