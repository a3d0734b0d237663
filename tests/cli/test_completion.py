"""Completion in the shell: the answers of the command, and a Tab in a real bash."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from command_calls import call_cnnlab
from run_builders import make_run
from sweep_folder_builders import make_sweep

SHELLS = ("bash", "zsh", "fish")
COMMANDS = ["evaluate", "predict", "explain", "report", "resume", "compare", "runs show", "runs rm"]
NAMES = ["last", "mnist-001", "mnist-002", "photos-001"]


@pytest.fixture(scope="session")
def folder(build_once):
    """Runs in runs/ and elsewhere/, an unfinished folder, configs and .keras files."""

    def build(folder):
        for name in ("mnist", "mnist", "photos"):
            make_run(folder / "runs", name)
        make_run(folder / "elsewhere", "other")
        make_sweep(folder / "elsewhere/sweeps", count=1)
        (folder / "runs/not-a-run").mkdir()
        (folder / "configs/deep").mkdir(parents=True)
        for name in ("configs/a.yaml", "configs/b.yml", "configs/notes.txt", "mine.yaml"):
            (folder / name).touch()
        for name in ("theirs.keras", "notes.txt", ".hidden.yaml"):
            (folder / name).touch()
        return folder

    return build_once("completion", build)


@pytest.fixture
def complete(monkeypatch):
    """Complete the last word of a command line, as the script of a shell does: its answers."""

    def complete(line, cwd, shell="bash"):
        words = line.split(" ")
        place = words[-1] if shell == "fish" else str(len(words) - 1)
        variables = {"COMP_WORDS": line, "COMP_CWORD": place}
        with monkeypatch.context() as patched:
            for name, value in {**variables, "_CNNLAB_COMPLETE": f"{shell}_complete"}.items():
                patched.setenv(name, value)
            done = call_cnnlab(cwd=cwd)
        assert (done.returncode, done.stderr) == (0, "")
        lines = done.stdout.splitlines()
        if shell == "zsh":
            return list(zip(lines[0::3], lines[1::3], strict=True)) if any(lines) else []
        return [tuple(line.split(",")) for line in lines if line]

    return complete


@pytest.fixture
def complete_texts(complete):
    """The answers that the shell inserts as they are."""

    def complete_texts(line, cwd, shell="bash"):
        answers = complete(line, cwd, shell)
        assert {kind for kind, _ in answers} <= {"plain"}
        return [text for _, text in answers]

    return complete_texts


@pytest.mark.parametrize("command", ["report", "resume", "runs show", "runs rm"])
def test_a_sweep_completes_where_a_command_takes_one(complete_texts, folder, command):
    line = f"cnnlab {command} --runs elsewhere/sweeps "
    assert complete_texts(line, folder) == ["last", "kernels-001"]


def test_evaluate_completes_no_sweep_but_the_path_of_a_trial(complete_texts, complete, folder):
    assert complete("cnnlab evaluate --runs elsewhere/sweeps k", folder) == []
    line = "cnnlab evaluate elsewhere/sweeps/kernels-001/trials/0"
    assert complete_texts(line, folder) == ["elsewhere/sweeps/kernels-001/trials/001"]


@pytest.mark.parametrize("shell", SHELLS)
def test_a_run_completes_with_the_names_of_runs_in_every_shell(complete_texts, folder, shell):
    assert complete_texts("cnnlab report ", folder, shell) == NAMES
    assert complete_texts("cnnlab report mn", folder, shell) == ["mnist-001", "mnist-002"]
    assert complete_texts("cnnlab report la", folder, shell) == ["last"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_that_takes_a_run_completes_it(complete_texts, folder, command):
    files = ["theirs.keras"] if command in ("evaluate", "predict") else []
    assert complete_texts(f"cnnlab {command} ", folder) == NAMES + files


@pytest.mark.parametrize("command", ["evaluate", "compare", "runs rm"])
def test_the_second_run_of_several_completes_too(complete_texts, folder, command):
    assert complete_texts(f"cnnlab {command} last ph", folder) == ["photos-001"]


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("command", ["report", "runs show"])
def test_the_runs_option_before_it_is_honoured(complete_texts, folder, command, shell):
    line = f"cnnlab {command} --runs elsewhere "
    assert complete_texts(line, folder, shell) == ["last", "other-001"]


def test_the_runs_option_of_the_group_is_honoured(complete_texts, folder):
    assert complete_texts("cnnlab runs --runs elsewhere show o", folder) == ["other-001"]
    line = "cnnlab runs --runs runs show --runs elsewhere o"
    assert complete_texts(line, folder) == ["other-001"]


def test_the_runs_option_may_name_the_home_folder(cnnlab, folder):
    variables = {"COMP_WORDS": "cnnlab report --runs ~/elsewhere o", "COMP_CWORD": "4"}
    variables |= {"_CNNLAB_COMPLETE": "bash_complete", "HOME": str(folder)}
    assert cnnlab(cwd=folder / "configs", **variables).stdout == "plain,other-001\n"


def test_options_with_an_equals_sign_are_whole_words_in_bash(complete_texts, complete, folder):
    """Bash cuts `--runs=elsewhere` into three words."""
    assert complete_texts("cnnlab report --runs = elsewhere o", folder) == ["other-001"]
    assert complete_texts("cnnlab evaluate --split = te", folder) == ["test"]
    assert complete_texts("cnnlab train --set training.epochs = 5 mi", folder) == ["mine.yaml"]
    assert complete("cnnlab report --runs =", folder) == [("dir", "")]
    assert complete("cnnlab report --runs = else", folder) == [("dir", "else")]


@pytest.mark.parametrize("shell", SHELLS)
def test_the_path_of_a_run_completes(complete_texts, folder, shell):
    runs = ["runs/mnist-001", "runs/mnist-002"]
    assert complete_texts("cnnlab report runs/mn", folder, shell) == runs
    everything = [*runs, "runs/photos-001", "runs/not-a-run/"]
    assert complete_texts("cnnlab report runs/", folder, shell) == everything
    absolute = complete_texts(f"cnnlab report {folder}/runs/ph", folder, shell)
    assert absolute == [f"{folder}/runs/photos-001"]


@pytest.mark.parametrize("shell", SHELLS)
def test_where_only_folders_match_the_shell_completes_them(complete, folder, shell):
    """It adds the slash, and no space after it."""
    assert complete("cnnlab report ru", folder, shell) == [("dir", "ru")]
    assert complete("cnnlab train con", folder, shell) == [("dir", "con")]


@pytest.mark.parametrize("command", ["evaluate", "predict"])
def test_keras_files_complete_where_a_command_takes_them(complete_texts, folder, command):
    assert complete_texts(f"cnnlab {command} th", folder) == ["theirs.keras"]
    path = "runs/mnist-001/checkpoints/"
    assert complete_texts(f"cnnlab {command} {path}", folder) == [f"{path}last.keras"]
    assert complete_texts("cnnlab report th", folder) == []


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("command", ["train", "check"])
def test_a_config_completes_with_yaml_files_and_folders(complete_texts, folder, command, shell):
    top = ["mine.yaml", "configs/", "elsewhere/", "runs/"]
    assert complete_texts(f"cnnlab {command} ", folder, shell) == top
    inside = ["configs/a.yaml", "configs/b.yml", "configs/deep/"]
    assert complete_texts(f"cnnlab {command} configs/", folder, shell) == inside
    assert complete_texts(f"cnnlab {command} .h", folder, shell) == [".hidden.yaml"]


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    "words",
    [
        *("report ", "evaluate m", "report nope/", "report --runs nope ", "report --nope "),
        *("report --runs file.txt ", "report file.txt/", f"report {'a' * 300}/"),
        *("train ", "train nope/a", "train file.txt/"),
    ],
)
def test_what_is_missing_gives_no_answer_and_no_error(complete, tmp_path, words, shell):
    (tmp_path / "file.txt").touch()
    assert complete(f"cnnlab {words}", tmp_path, shell) == []


def test_a_folder_that_cannot_be_listed_gives_no_answer(complete, tmp_path):
    (tmp_path / "runs").symlink_to("runs")
    assert complete("cnnlab report ", tmp_path) == []
    assert complete("cnnlab report runs/", tmp_path) == []


@pytest.mark.parametrize(
    "name", ["my config.yaml", "$(touch executed).yaml", "a,b.yaml", "a\nb.yml"]
)
def test_the_shell_itself_completes_a_name_that_it_must_quote(complete, tmp_path, name):
    (tmp_path / name).touch()
    (tmp_path / "simple.yaml").touch()
    assert complete("cnnlab train ", tmp_path) == [("file", "")]
    assert complete("cnnlab train s", tmp_path) == [("plain", "simple.yaml")]


def test_the_name_of_a_run_that_bash_would_execute_is_not_offered(complete_texts, tmp_path):
    make_run(tmp_path / "runs", "good")
    shutil.copytree(tmp_path / "runs/good-001", tmp_path / "runs/$(touch executed)")
    (tmp_path / os.fsdecode(b"latin-\xe9.keras")).touch()
    assert complete_texts("cnnlab evaluate ", tmp_path) == ["last", "good-001"]


@pytest.mark.parametrize("typed", ["~", "~/con", "..", "../.."])
def test_the_shell_itself_completes_home_and_parent_folders(complete, folder, typed):
    assert complete(f"cnnlab train {typed}", folder) == [("file", typed)]


def test_letters_that_are_not_utf_8_give_no_answer(complete, tmp_path):
    (tmp_path / os.fsdecode(b"\xe9t\xe9")).mkdir()
    assert complete(os.fsdecode(b"cnnlab train \xe9"), tmp_path) == []


def test_completion_loads_nothing_heavy(folder):
    variables = {"COMP_WORDS": "cnnlab evaluate m", "COMP_CWORD": "2"}
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "cnnlab"],
        cwd=folder,
        env=os.environ | variables | {"_CNNLAB_COMPLETE": "bash_complete"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "plain,mnist-001\nplain,mnist-002\n"
    loaded = {line.rpartition("|")[2].strip().split(".")[0] for line in done.stderr.splitlines()}
    assert "cnnlab" in loaded
    heavy = {"tensorflow", "keras", "numpy", "pydantic", "matplotlib", "yaml", "rich", "json"}
    assert loaded & heavy == set()


BASH = """
PATH="{scripts}:$PATH"
eval "$(_CNNLAB_COMPLETE=bash_source cnnlab)"
cnnlab() {{ printf '<%s>' "$@" > words.txt; exit; }}  # completion calls the file, not this
bind 'set bell-style none'
PS1='type> '
"""


@pytest.fixture
def type_in_bash(folder, tmp_path):
    """Type a line in a real bash with Tab keys: the words that the command then gets."""
    executable = shutil.which("bash")
    if executable is None:
        pytest.skip("no bash is installed")

    def type_(line):
        shutil.copytree(folder, tmp_path / "work")
        (tmp_path / "work/my config.yaml").touch()
        (tmp_path / "start").write_text(BASH.format(scripts=Path(sys.executable).parent))
        terminal, end = os.openpty()
        command = [executable, "--noprofile", "--rcfile", str(tmp_path / "start"), "-i"]
        ends = {"stdin": end, "stdout": end, "stderr": end}
        environment = os.environ | {"INPUTRC": "/dev/null"}
        with subprocess.Popen(command, cwd=tmp_path / "work", env=environment, **ends) as bash:
            os.close(end)
            screen = b""
            while b"type> " not in screen:
                screen += os.read(terminal, 1024)
            try:
                os.write(terminal, line.encode() + b"\r")
                bash.wait(timeout=60)
            finally:
                os.close(terminal)  # bash ends
        return (tmp_path / "work/words.txt").read_text()

    return type_


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("cnnlab report ph\t", "<report><photos-001>"),
        ("cnnlab report mn\t2", "<report><mnist-002>"),
        ("cnnlab report --runs=elsewhere o\t", "<report><--runs=elsewhere><other-001>"),
        ("cnnlab evaluate ru\tph\t--split te\t", "<evaluate><runs/photos-001><--split><test>"),
        ("cnnlab train con\ta\t--quiet", "<train><configs/a.yaml><--quiet>"),
        ("cnnlab train my\t", "<train><my config.yaml>"),
    ],
)
def test_the_tab_key_completes_in_a_real_bash(type_in_bash, line, words):
    assert type_in_bash(line) == words


@pytest.mark.slow
def test_data_completes_data_sets_files_and_folders(complete, folder):
    assert complete("cnnlab data fash", folder) == [("plain", "fashion_mnist")]
    assert complete("cnnlab data mi", folder) == [("plain", "mine.yaml")]
    assert complete("cnnlab data m", folder) == [("plain", "mnist"), ("plain", "mine.yaml")]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["w.npz", "w.csv", "w.csv.gz", "w-images-idx3-ubyte"])
def test_data_completes_each_kind_of_file_with_images(complete, tmp_path, name):
    (tmp_path / name).touch()
    (tmp_path / "w.txt").touch()
    assert complete("cnnlab data w", tmp_path) == [("plain", name)]
