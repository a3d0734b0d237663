"""`cnnlab compare`: its whole output, its files, what it evaluates first, and what it refuses."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest
from run_builders import MODEL, make_run

pytestmark = pytest.mark.slow

MORE = [{"conv": 8}, *MODEL[1:]]


@pytest.fixture
def folder(tmp_path):
    """Two runs, few-001 and many-001, which differ in their kernels and in 8 answers of 100."""
    make_run(tmp_path / "runs", "few", wrong=range(10))
    make_run(tmp_path / "runs", "many", wrong=range(2), model=MORE)
    return tmp_path


def lines(text):
    return [" ".join(line.split()) for line in text.splitlines() if line.strip(" ─")]


def test_the_whole_answer_for_a_person(run_cli, folder):
    code, out, err = run_cli("compare", "few-001", "many-001", cwd=folder)
    assert (code, err) == (0, "")
    assert lines(out) == [
        "setting few-001 many-001",
        "model[0].conv.filters 4 8",
        "run seed accuracy 95% interval cross-entropy parameters multiply-adds seconds epochs",
        "few-001 0 90.00% 82.56% to 94.48% 0.2500 1,490 2,736 60.0 2",
        "many-001 0 98.00% 93.00% to 99.45% 0.2500 2,970 5,472 60.0 2",
        "Against few-001, on the same images",
        "run only this run is right only few-001 is right difference 95% interval p corrected p "
        "real",
        "many-001 8 0 8.00% 4.00% to 15.00% 0.0078 0.0078 yes",
        "many-001 is right on 8 more of 100 test images than few-001 (+8.00%, 95% interval "
        "4.00% to 15.00%): a real difference, by McNemar's exact test (p = 0.0078), with 2.0 "
        "times the parameters",
        "* few-001, many-001: only one seed is trained, and another seed alone may change the "
        "accuracy as much; `cnnlab train CONFIG --seeds 3` trains three runs for `cnnlab compare`",
    ]


def test_json_has_the_answer_and_all_figures(run_cli, folder):
    code, out, err = run_cli("compare", "runs/few-001", "many", "--json", cwd=folder)
    assert (code, err) == (0, "")
    answer = json.loads(out)
    assert list(answer) == ["answer", "notes", "settings", "runs", "groups", "pairs", "over_seeds"]
    assert answer["settings"] == [
        {"path": "model[0].conv.filters", "values": {"few-001": "4", "many-001": "8"}}
    ]
    assert [row["accuracy"] for row in answer["runs"]] == [0.9, 0.98]
    [pair] = answer["pairs"]
    assert (pair["first"], pair["second"], pair["real"]) == ("few-001", "many-001", True)
    counts = [pair[name] for name in ("both", "only_first", "only_second", "neither", "images")]
    assert counts == [90, 0, 8, 2, 100]
    assert pair["p"] == pytest.approx(2 / 256)
    assert answer["over_seeds"] == []


def test_csv_is_a_table_with_a_row_for_each_run(run_cli, folder):
    code, out, err = run_cli("compare", "few", "many", "--csv", cwd=folder)
    assert (code, err) == (0, "")
    head, *rows = out.splitlines()
    figures = "accuracy,cross_entropy,parameters,multiply_adds,seconds"
    assert head.startswith(f"run,status,seed,images,{figures}")
    assert head.endswith(",p,p_corrected,model[0].conv.filters")
    assert [row.split(",")[0] for row in rows] == ["few-001", "many-001"]


def test_a_picture_and_a_page_are_written_to_the_given_paths(run_cli, folder):
    files = ("--save", "both.png", "--page", "both.html")
    code, out, err = run_cli("compare", "few", "many", *files, cwd=folder)
    assert (code, err) == (0, "")
    assert out.endswith("written: both.png, both.html\n")
    assert (folder / "both.png").read_bytes().startswith(b"\x89PNG")
    page = (folder / "both.html").read_text(encoding="utf-8")
    assert "<title>few-001 and many-001</title>" in page
    assert '<p class="result">many-001 is right on 8 more of 100 test images than few-001' in page
    assert '<p class="faint">few-001, many-001: only one seed is trained' in page
    headings = ["Settings that differ", "Results", "Against few-001, on the same images", "Curves"]
    assert all(f"<h2>{heading}</h2>" in page for heading in headings)


def test_runs_of_one_setting_have_a_page_too(run_cli, tmp_path):
    for seed in (1, 2):
        make_run(tmp_path / "runs", "a", seed=seed, wrong=range(seed))
    code, out, err = run_cli("compare", "a", "--page", "a.html", cwd=tmp_path)
    assert (code, err) == (0, "")
    assert out.startswith("all settings but the seed are equal\n")
    page = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert "<title>a, 2 seeds</title>" in page
    assert '<p class="result">The runs differ only in their seed; over 2 seeds, they ' in page


def test_runs_that_differ_in_nothing_say_so(run_cli, tmp_path):
    for _ in range(2):
        make_run(tmp_path / "runs", "a", wrong=range(3))
    code, out, err = run_cli("compare", "a", cwd=tmp_path)
    assert (code, err) == (0, "")
    assert out.startswith("all settings and seeds are equal\n")
    assert "mean of" not in out


def test_a_run_that_was_not_evaluated_is_evaluated_first(run_cli, run_copy, evaluated_run):
    """Two runs of the same weights, one of them not evaluated yet, with another seed."""
    folder = run_copy.parent.parent
    shutil.copytree(evaluated_run[0].path, run_copy.with_name("small-002"))
    spec = run_copy / "spec.json"
    plain = json.loads(spec.read_text())
    plain["experiment"]["seed"] = 8
    spec.write_text(json.dumps(plain))
    code, out, err = run_cli("compare", "small-002", "small-001", "--json", cwd=folder)
    assert (code, err) == (
        0,
        "runs/small-001: the present weights are not evaluated; cnnlab evaluates the run now\n",
    )
    [pair] = json.loads(out)["pairs"]
    assert (pair["images"], pair["difference"], pair["p"]) == (2000, 0, 1)
    metrics = json.loads((run_copy / "evaluation/metrics.json").read_text())
    assert json.loads(out)["runs"][1]["accuracy"] == metrics["accuracy"]
    assert (run_copy / "evaluation/mistakes.png").exists()
    assert run_cli("compare", "small-002", "small-001", "--json", cwd=folder) == (0, out, "")


def test_runs_that_are_evaluated_are_compared_without_tensorflow(folder):
    code = (
        "import sys; from cnnlab.cli.main import cnnlab\n"
        "cnnlab(['compare', 'few-001', 'many-001', '--csv'], standalone_mode=False)\n"
        "print(sorted({'tensorflow', 'keras', 'matplotlib'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=folder
    )
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (
            ["few"],
            2,
            "cnnlab: runs/few-001: this is a single run; name two or more runs\n",
        ),
        (
            ["few", "few-001"],
            2,
            "cnnlab: runs/few-001: this run is named twice; name each run once\n",
        ),
        (["few", "nope"], 4, "cnnlab: nope: no such run or file; there are few-001, many-001\n"),
        (
            ["few", "many", "--json", "--csv"],
            2,
            "cnnlab: --json and --csv: cnnlab prints only one format; choose one\n",
        ),
    ],
)
def test_incomparable_runs_are_reported(run_cli, folder, arguments, code, said):
    assert run_cli("compare", *arguments, cwd=folder) == (code, "", said)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["--save", "a.jpg"],
            "'--save': a.jpg: the name must end in .png",
        ),
        (["--page", "a"], "'--page': a: the name must end in .html"),
        (["--page", "no/a.html"], "'--page': no/a.html: there is no folder no"),
    ],
)
def test_files_that_cannot_be_are_refused_before_anything_is_done(run_cli, folder, arguments, said):
    code, out, err = run_cli("compare", "few", "many", *arguments, cwd=folder)
    assert (code, out) == (2, "")
    assert err.endswith(f"Error: Invalid value for {said}\n")


def test_a_run_without_a_trained_checkpoint_is_reported(run_cli, folder):
    make_run(folder / "runs", "none", evaluated=False).checkpoint_path("last").unlink()
    assert run_cli("compare", "few", "none", cwd=folder) == (
        4,
        "",
        "cnnlab: runs/none-001: no epoch was finished, so there is no trained checkpoint; train "
        "the run: cnnlab resume runs/none-001\n",
    )


def test_a_file_that_cannot_be_written_is_reported(run_cli, folder):
    (folder / "a.png").mkdir()
    code, out, err = run_cli("compare", "few", "many", "--save", "a.png", cwd=folder)
    assert (code, out) == (2, "")
    assert "File 'a.png' is a directory." in err
