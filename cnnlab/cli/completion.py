"""Complete the names of runs, and paths, after the Tab key in the shell.

The user waits for the completion, so cnnlab only lists folders and reads no file.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator

import click
from click.core import ParameterSource
from click.shell_completion import BashComplete, CompletionItem, split_arg_string

# The package run_folder has this name too, but importing it would take 0.2 s after each Tab.
_RECORD, _SWEEP = "run.json", "sweep.json"
_DATASETS = ("mnist", "fashion_mnist")  # their module loads pydantic, which takes 0.2 s too
_IMAGE_FILE = re.compile(r"(\.npz|\.csv(\.gz)?|-ubyte(\.gz)?)$")
# bash inserts a completion as it is: a space would end the word, and bash would execute `$(…)`.
_SAFE = re.compile(r"[\w./+][\w./+-]*")


def complete_config(
    context: click.Context, argument: click.Parameter, typed: str
) -> list[CompletionItem]:
    """Complete the path of a config in the shell: offer .yaml and .yml files, and folders."""
    return _offer_paths(typed, *_list_paths(typed, _is_config))


def complete_data(
    context: click.Context, argument: click.Parameter, typed: str
) -> list[CompletionItem]:
    """Complete a bundled data set, or the path of a file of images, a config or a folder."""
    names = [name for name in _DATASETS if typed and name.startswith(typed)]
    targets, folders = _list_paths(typed, _is_data)
    return _offer_paths(typed, [*names, *targets], folders)


def complete_run(
    context: click.Context, argument: click.Parameter, typed: str
) -> list[CompletionItem]:
    """Complete a run in the shell: offer names of runs, the word `last`, and paths of runs."""
    return _complete_reference(context, typed, _is_run)


def complete_run_or_sweep(
    context: click.Context, argument: click.Parameter, typed: str
) -> list[CompletionItem]:
    """Complete a run or a sweep in the shell: offer names, the word `last`, and paths."""
    return _complete_reference(context, typed, lambda path: _is_run(path) or _is_sweep(path), True)


def complete_network(
    context: click.Context, argument: click.Parameter, typed: str
) -> list[CompletionItem]:
    """Complete a run, or the path of a .keras, .onnx or .tflite file, in the shell."""
    return _complete_reference(context, typed, lambda path: _is_run(path) or _is_network_file(path))


class BashCompletion(BashComplete):
    """Completes words in bash. This class joins words that bash splits, such as `--runs=DIR`."""

    def get_completion_args(self) -> tuple[list[str], str]:
        words: list[str] = []
        *before, last = _read_words_to_the_cursor()
        for word in (*before, last):
            if words and word and (word == "=" or words[-1].endswith("=")):
                words[-1] += word
            else:
                words.append(word)
        return words[1:-1], words[-1]


def _read_words_to_the_cursor() -> list[str]:
    """Read the typed words up to the cursor from the environment variables of bash.

    The last word of the list is the word at the cursor; this word may be empty.
    """
    index = int(os.environ["COMP_CWORD"])
    words = split_arg_string(os.environ["COMP_WORDS"])
    return [*words[:index], *(words[index : index + 1] or [""])]


def _complete_reference(
    context: click.Context,
    typed: str,
    is_target: Callable[[str], bool],
    with_sweeps: bool = False,
) -> list[CompletionItem]:
    root = _find_root(context)
    names = [name for name in _list_names(root, with_sweeps) if name.startswith(typed)]
    targets, folders = _list_paths(typed, is_target)
    if typed and not names:
        return _offer_paths(typed, targets, folders)
    # Offer no folders beside the names: most folders hold data, configs or programs, not runs.
    return _offer(dict.fromkeys(filter(_SAFE.fullmatch, (*names, *targets))))


def _find_root(context: click.Context) -> str:
    """Find the folder with the runs: the value of --runs, given before or after the subcommand."""
    root = context.params.get("root")
    above = context.parent
    if above and context.get_parameter_source("root") is ParameterSource.DEFAULT:
        root = above.params.get("root") or root
    return os.path.expanduser(str(root or ""))


def _list_names(root: str, with_sweeps: bool) -> list[str]:
    """List the word `last` and the names of the runs in `root`; return [] if there are no runs."""
    paths = [(name, os.path.join(root, name)) for name in _list_folder(root)]
    names = [name for name, path in paths if _is_run(path) or (with_sweeps and _is_sweep(path))]
    return ["last", *names] if names else []


def _list_paths(typed: str, is_target: Callable[[str], bool]) -> tuple[list[str], list[str]]:
    """List the paths that start with `typed`: first those that `is_target` accepts, then folders.

    Hidden files are listed only if `typed` starts their names with a dot. The path of a folder ends
    in a slash.
    """
    folder, start = typed[: typed.rfind("/") + 1], typed[typed.rfind("/") + 1 :]
    names = [name for name in _list_folder(folder or ".") if name.startswith(start)]
    paths = [folder + name for name in names if start or not name.startswith(".")]
    targets = [path for path in paths if is_target(path)]
    others = sorted({*paths} - {*targets})
    return targets, [f"{path}/" for path in others if os.path.isdir(path)]


def _list_folder(folder: str) -> Iterator[str]:
    """Yield the sorted names in a folder, or nothing if the folder is missing or unreadable."""
    try:
        yield from sorted(os.listdir(folder))
    except OSError:
        return


def _offer_paths(typed: str, targets: list[str], folders: list[str]) -> list[CompletionItem]:
    """Offer paths as completions, or let the shell complete the path by itself.

    The shell completes paths with `~`, `..` or special characters, because the shell quotes these
    characters. The shell also completes folders, because it adds no space after a folder.
    """
    if not typed.isprintable():
        return []
    if typed.startswith("~") or os.path.basename(typed) in (".", ".."):
        return [CompletionItem(typed, type="file")]
    if not all(map(_SAFE.fullmatch, (*targets, *folders))):
        return [CompletionItem(typed, type="file")]
    if folders and not targets:
        return [CompletionItem(typed, type="dir")]
    return _offer((*targets, *folders))


def _offer(texts: Iterable[str]) -> list[CompletionItem]:
    return [CompletionItem(text) for text in texts]


def _is_run(path: str) -> bool:
    return os.path.isfile(os.path.join(path, _RECORD))


def _is_sweep(path: str) -> bool:
    return os.path.isfile(os.path.join(path, _SWEEP))


def _is_network_file(path: str) -> bool:
    return path.endswith((".keras", ".onnx", ".tflite")) and os.path.isfile(path)


def _is_data(path: str) -> bool:
    return _is_config(path) or (_IMAGE_FILE.search(path) is not None and os.path.isfile(path))


def _is_config(path: str) -> bool:
    return path.endswith((".yaml", ".yml")) and os.path.isfile(path)
