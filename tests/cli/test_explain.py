"""`cnnlab explain`: what it writes, what it prints, and what it refuses."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

pytestmark = pytest.mark.slow

STAGES = ("conv_1", "max_pool_2", "conv_3", "max_pool_6")
OF_IMAGE = ["maps.png", *(f"maps-{name}.png" for name in STAGES)]
OF_IMAGE += ["grad-cam-conv_3.png", "occlusion.png"]


@pytest.fixture
def folder(run_copy):
    """The folder above runs/small-001, a copy that tests may damage."""
    return run_copy.parent.parent


@pytest.fixture
def read_refusal(run_cli, folder):
    """The error message of a command that exits with this code; checks that it wrote nothing."""

    def run(code, *arguments):
        found, out, err = run_cli("explain", *arguments, cwd=folder)
        assert (found, out) == (code, "")
        assert not (folder / "runs/small-001/explain").exists()
        return err

    return run


def list_written(folder):
    explain = folder / "runs/small-001/explain"
    for path in explain.rglob("*.png"):
        with Image.open(path) as picture:
            picture.load()
    return sorted(str(path.relative_to(explain)) for path in explain.rglob("*.*"))


def test_everything_is_drawn_and_printed_as_json(run_cli, folder):
    code, out, err = run_cli("explain", "last", "--all", "--json", cwd=folder)
    assert code == 0
    assert err.splitlines() == [
        "kernels of conv_1, trained and untrained",
        "maps of 4 layers, and which maps are never above 0 in the first 1,000 test images",
        "Grad-CAM of conv_3, after activation_5",
        "occlusion: a square of 7 × 7 pixels moves over the image",
    ]
    answer = json.loads(out)
    files = ["kernels-conv_1.png", *(f"test-0/{name}" for name in OF_IMAGE)]
    assert answer["written"] == [f"runs/small-001/explain/{name}" for name in files]
    assert list_written(folder) == sorted(files)
    assert answer["checkpoint"] == "runs/small-001/checkpoints/best.keras"
    image = answer["image"]
    assert (image["name"], image["index"], image["true"]) == ("test image 0", 0, "7")
    kernels = answer["kernels"]
    assert (kernels["layer"], kernels["shape"]) == ("conv_1", [3, 3, 1, 16])
    assert kernels["trained"] != kernels["untrained"]
    assert {kernels[side]["weights"] for side in ("trained", "untrained")} == {3 * 3 * 16}
    layers = answer["maps"]["layers"]
    assert [(one["layer"], one["shown"]) for one in layers] == [
        *(("conv_1", "conv_1"), ("max_pool_2", "max_pool_2")),
        *(("conv_3", "activation_5"), ("max_pool_6", "max_pool_6")),
    ]
    assert answer["maps"]["counted_images"] == 1000
    [cam, *_] = answer["grad_cam"]
    assert (cam["layer"], cam["class"]) == ("conv_3", image["predicted"])
    occlusion = answer["occlusion"]
    assert (occlusion["size"], occlusion["places"]) == (7, 28 * 28)
    assert occlusion["probability"] == pytest.approx(image["probability"], abs=1e-5)
    assert -1 <= occlusion["grad_cam_correlation"] <= 1


def test_the_whole_answer_for_a_person(run_cli, folder):
    arguments = ("explain", "small", "maps", "kernels", "--label", "3", "--untrained")
    answer = json.loads(run_cli(*arguments, "--json", cwd=folder)[1])
    code, out, _ = run_cli(*arguments, cwd=folder)
    assert code == 0
    image, kernels = answer["image"], answer["kernels"]
    lines = [
        f"{side}: mean {found['mean']:.4f}, deviation {found['standard_deviation']:.4f}, "
        f"from {found['minimum']:.4f} to {found['maximum']:.4f}"
        for side, found in (("trained", kernels["trained"]), ("untrained", kernels["untrained"]))
    ]
    silent = []
    for one in answer["maps"]["layers"]:
        never = one["never_fire"]
        word = "map" if len(never) == 1 else "maps"
        named = f" ({word} {', '.join(map(str, never))})" if never else ""
        silent.append(f"           {one['layer']}: {len(never)} of 16{named}")
        assert "never_fire_untrained" in one
    place = image["index"]
    files = [f"test-{place}/{name}" for name in OF_IMAGE[:5]]
    assert out.splitlines() == [
        f"runs/small-001/checkpoints/best.keras, test image {place}: true 3, "
        f"answer {image['predicted']} ({image['probability']:.1%})",
        "",
        "kernels    conv_1: 3 × 3 × 1 × 16 weights",
        *(f"           {line}" for line in lines),
        "maps       silent maps (never above 0) over 1,000 test images:",
        *silent,
        "",
        "written into runs/small-001/explain/:",
        *(f"  {name}" for name in ("kernels-conv_1.png", *files)),
    ]


def test_the_same_run_gives_the_same_pictures(run_cli, folder):
    explain = folder / "runs/small-001/explain"
    found = []
    for _ in range(2):
        assert run_cli("explain", "last", "grad-cam", "occlusion", cwd=folder)[0] == 0
        found.append({path.name: path.read_bytes() for path in explain.rglob("*.png")})
    assert found[0] == found[1]


def test_a_class_and_a_layer_can_be_named(run_cli, folder):
    arguments = ("grad-cam", "occlusion", "--class", "2", "--layer", "1", "--index", "3", "--json")
    code, out, _ = run_cli("explain", "last", *arguments, cwd=folder)
    assert code == 0
    answer = json.loads(out)
    [cam] = answer["grad_cam"]
    assert (cam["layer"], cam["class"]) == ("conv_1", "2")
    assert answer["occlusion"]["class"] == "2"
    assert list_written(folder) == [
        "test-3/grad-cam-conv_1-class-2.png",
        "test-3/occlusion-class-2.png",
    ]


def test_a_wrong_answer_is_explained_beside_the_true_class(run_cli, folder, evaluated_run):
    _, figures = evaluated_run
    assert figures["accuracy"] < 1
    rows = (evaluated_run[0].path / "evaluation/predictions.csv").read_text().splitlines()[1:]
    wrong = next(row.split(",") for row in rows if row.split(",")[1] != row.split(",")[2])
    index, true, predicted = wrong[:3]
    answer = run_cli("explain", "last", "grad-cam", "--index", index, "--json", cwd=folder)
    found = json.loads(answer[1])["grad_cam"]
    roles = [(one["class"], one["role"]) for one in found]
    assert roles == [(predicted, "predicted"), (true, "true")]
    for word, expected in (("true", true), ("predicted", predicted)):
        options = ("--index", index, "--class", word, "--json")
        answer = run_cli("explain", "last", "grad-cam", *options, cwd=folder)
        assert [one["class"] for one in json.loads(answer[1])["grad_cam"]] == [expected]


def test_a_file_is_explained_without_the_data_set(run_cli, folder):
    """Grad-CAM and occlusion need only the run and the file."""
    spec = folder / "runs/small-001/spec.json"
    plain = json.loads(spec.read_text())
    plain["experiment"]["data"]["dataset"] = "gone.npz"
    spec.write_text(json.dumps(plain))
    Image.fromarray(np.full((40, 40), 90, np.uint8)).save(folder / "drawn.png")
    options = ("--image", "drawn.png", "--json")
    code, out, _ = run_cli("explain", "last", "grad-cam", "occlusion", *options, cwd=folder)
    assert code == 0
    answer = json.loads(out)
    assert (answer["image"]["name"], answer["image"]["true"]) == ("drawn.png", None)
    # One colour all over: covered by its mean, nothing changes, and there are no ranks.
    assert answer["occlusion"]["worst_fall"] == pytest.approx(0, abs=1e-5)
    names = ["image-drawn/grad-cam-conv_3.png", "image-drawn/occlusion.png"]
    assert list_written(folder) == names


def test_impossible_requests_are_reported(read_refusal):
    there = "expected kernels, maps, grad-cam, occlusion"
    expected = f"cnnlab: `kernal`: cnnlab cannot draw this; {there}; did you mean `kernels`?\n"
    assert read_refusal(2, "last", "kernal") == expected
    expected = "cnnlab: say what to draw: kernels, maps, grad-cam, occlusion, or --all\n"
    assert read_refusal(2, "last") == expected
    assert read_refusal(2, "last", "kernels", "--layer", "conv_2") == (
        "cnnlab: --layer conv_2: cnnlab cannot use this layer; expected conv_1, conv_3; "
        "did you mean `conv_3`?\n"
    )
    expected = "cnnlab: --index 2000: the test set has 2,000 images, from 0 to 1999\n"
    assert read_refusal(2, "last", "maps", "--index", "2000") == expected
    assert read_refusal(2, "last", "grad-cam", "--class", "ten") == (
        "cnnlab: --class ten: no such class; expected 0, 1, 2, 3, 4, 5, 6, 7, 8, 9\n"
    )
    assert read_refusal(2, "last", "maps", "--index", "3", "--label", "7") == (
        "cnnlab: --index and --label each choose an image; use one\n"
    )
    assert (
        read_refusal(3, "last", "maps", "--image", "x.png")
        == "cnnlab: x.png: there is no such file\n"
    )
    assert (
        read_refusal(3, "last", "maps", "--image", "runs")
        == "cnnlab: runs: a folder; name a picture in it\n"
    )


def test_the_true_class_of_a_file_is_unknown(read_refusal, folder):
    Image.new("L", (28, 28)).save(folder / "a.png")
    assert read_refusal(2, "last", "grad-cam", "--image", "a.png", "--class", "true") == (
        "cnnlab: --class true: the true class of a.png is unknown; name the class, or use "
        "--class predicted\n"
    )


def test_a_network_without_convolutions_is_reported(run_cli, read_refusal, folder):
    spec = folder / "runs/small-001/spec.json"
    plain = json.loads(spec.read_text())
    plain["experiment"]["model"] = [
        layer for layer in plain["experiment"]["model"] if set(layer) & {"flatten", "dense"}
    ]
    spec.write_text(json.dumps(plain))
    assert read_refusal(2, "last", "kernels", "grad-cam") == (
        "cnnlab: kernels, grad-cam: the network has no convolution\n"
    )


def test_missing_checkpoints_are_reported(read_refusal, folder):
    for name in ("best", "last"):
        (folder / f"runs/small-001/checkpoints/{name}.keras").unlink()
    assert read_refusal(4, "last", "--all") == (
        "cnnlab: runs/small-001/checkpoints: the files of a training of 2 epochs are missing; copy "
        "them here, or train the config again\n"
    )


def test_of_an_ensemble_a_member_must_be_named(read_refusal, folder):
    (folder / "runs/small-001/members").mkdir()
    assert read_refusal(4, "last", "--all") == (
        "cnnlab: runs/small-001: an ensemble, whose members have the checkpoints; name a member: "
        "runs/small-001/members/1\n"
    )


def test_the_untrained_network_must_be_there(run_cli, read_refusal, folder):
    (folder / "runs/small-001/checkpoints/initial.keras").unlink()
    expected = (
        "cnnlab: runs/small-001/checkpoints/initial.keras: the checkpoint of the untrained "
        "network is missing; restore this file, or train again with the command in run.json\n"
    )
    assert read_refusal(4, "last", "kernels") == expected
    assert read_refusal(4, "last", "maps", "--untrained") == expected
    assert run_cli("explain", "last", "occlusion", cwd=folder)[0] == 0


@pytest.mark.parametrize("name", ["best", "initial"])
def test_a_damaged_checkpoint_is_reported(run_cli, folder, name):
    path = folder / f"runs/small-001/checkpoints/{name}.keras"
    path.write_bytes(path.read_bytes()[:5000])
    code, out, err = run_cli("explain", "last", "kernels", cwd=folder)
    assert (code, out) == (4, "")
    [told] = [line for line in err.splitlines() if line.startswith("cnnlab: ")]
    messages = {
        "best": "cnnlab: runs/small-001: checkpoints/best.keras has changed: its size or ",
        "initial": "cnnlab: runs/small-001/checkpoints/initial.keras: not a checkpoint, or cut ",
    }
    assert told.startswith(messages[name])
    assert not (folder / "runs/small-001/explain").exists()


def test_an_unknown_run_is_reported(read_refusal):
    expected = "cnnlab: nope: no such run or file; there is small-001\n"
    assert read_refusal(4, "nope", "--all") == expected
