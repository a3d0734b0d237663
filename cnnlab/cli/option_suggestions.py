"""Suggest what to type instead of options and arguments that a command does not have."""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Sequence
from pathlib import Path

import click

from cnnlab.cli.command_lines import CommandLine, read_command_line, to_word
from cnnlab.cli.command_suggestions import find_command, insert_arguments, write_suggestion
from cnnlab.cli.foreign_words import OPTIONS
from cnnlab.cli.setting_suggestions import (
    EditedExperiment,
    read_experiment,
    read_run,
    suggest_edit,
    suggest_setting,
    suggest_similar_setting,
)


def describe_unknown_options(context: click.Context, given: list[str]) -> str:
    """Write one line for each unknown option. If possible, the line suggests what to type."""
    line = read_command_line(context, given)
    suggestions = {name: _suggest_option(line, name) for name in line.unknown}
    lines = [f"No such option {name!r}. {text}".rstrip() for name, text in suggestions.items()]
    return "\n".join(lines)


def suggest_for_extra_arguments(context: click.Context, given: list[str]) -> str:
    """Suggest the option `--set` for arguments such as `epochs=5`; return "" for all others."""
    line = read_command_line(context, given)
    edits = line.options.get("edits")
    if all(option.name != "edits" for option in context.command.params) or not line.extra:
        return ""
    cut = [edit for edit in edits if "=" not in edit] if isinstance(edits, list | tuple) else []
    texts = [f"{cut[0]}={line.extra[0]}"] if len(cut) == len(line.extra) == 1 else line.extra
    experiment = _read_experiment(line)
    found = [suggest_edit(text, experiment) for text in texts if "=" in text]
    return write_suggestion(" ".join(found)) if all(found) and len(found) == len(texts) else ""


def _suggest_option(line: CommandLine, name: str) -> str:
    value, word = line.unknown[name], to_word(name)
    if meaning := OPTIONS.get((line.command_word, word)):
        return _write_meaning(meaning, line, value)
    if word in ("version", "v"):
        return write_suggestion("cnnlab --version")
    own = _list_options(line.context.command.get_params(line.context))
    if word in own:
        return _suggest_own_option(own[word], value)
    if isinstance(line.context.command, click.Group):
        return _suggest_for_group(line, name, own)
    experiment = _read_experiment(line)
    if text := suggest_setting(word, value, experiment, line.command):
        return text
    if commands := _find_commands_with(line.context, word):
        before, last = ", ".join(commands[:-1]), commands[-1]
        return f"This option belongs to {f'{before} and ' if before else ''}{last}."
    if similar := _find_similar(word, own):
        return _suggest_own_option(similar, value)
    return suggest_similar_setting(word, value, experiment, line.command)


def _suggest_for_group(line: CommandLine, name: str, own: dict[str, str]) -> str:
    """Suggest what to type for an unknown option before the subcommand, as in `runs --all show`."""
    word = to_word(name)
    group, command = line.context.command, None
    if isinstance(group, click.Group) and line.extra:
        command = group.commands.get(line.extra[0])
    if command and (option := _list_options(command.params).get(word)):
        words = ["cnnlab", *line.command.split(), *line.extra, option]
        return write_suggestion(shlex.join(words))
    if meant := find_command(line.context, word):
        return write_suggestion(insert_arguments(f"cnnlab {meant}", line.extra))
    similar = _find_similar(word, own)
    return _suggest_own_option(similar, None) if similar else ""


def _read_experiment(line: CommandLine) -> EditedExperiment:
    """Read the experiment that the command line names, in order to try suggested edits on it."""
    names = ("config", "file", "name", "root")
    config, file, name, root = (line.options.get(key) for key in names)
    config = config or file
    if line.command == "resume" and isinstance(name, str):
        return read_run(name, Path(root if isinstance(root, str) else "runs"))
    return read_experiment(Path(config) if isinstance(config, str) else None)


def _write_meaning(meaning: str, line: CommandLine, value: str | None) -> str:
    """Fill placeholders such as {run} in a suggestion with the words of the command line."""
    run = value or "last"
    if "cnnlab resume" in meaning:  # a checkpoint is in the folder of its run
        run = run.partition("/checkpoints/")[0]
    given = shlex.join(line.arguments)
    if not given and "{run}" not in meaning:
        given = next(iter(_list_metavars(line.context)), "")
    words = {"command": line.command, "run": shlex.quote(run), "given": given}
    words["value"] = shlex.quote(value) if value else "…"
    text = meaning.format(**words).strip()
    return text if "`" in text else write_suggestion(text)


def _list_metavars(context: click.Context) -> list[str]:
    """List the names of a command's arguments in the form of its help, such as CONFIG or RUN."""
    arguments = [one for one in context.command.params if isinstance(one, click.Argument)]
    return [(one.metavar or str(one.name).upper()).split()[0].rstrip(".") for one in arguments]


def _suggest_own_option(name: str, value: str | None) -> str:
    return write_suggestion(f"{name} {shlex.quote(value)}" if value else name)


def _list_options(parameters: Sequence[click.Parameter]) -> dict[str, str]:
    """Return a dictionary from the name of each option to the option: report → --report."""
    names = [name for one in parameters for name in (*one.opts, *one.secondary_opts)]
    return {to_word(name): name for name in names if name.startswith("--")}


def _find_similar(word: str, options: dict[str, str]) -> str:
    """Return the option with the most similar name, or "" if none is similar."""
    close = difflib.get_close_matches(word, options, n=1, cutoff=0.7)
    return options[close[0]] if close else ""


def _find_commands_with(context: click.Context, word: str) -> list[str]:
    """List all commands that have the option `word`, in the form `cnnlab NAME`."""
    top = context.find_root().command
    commands = top.commands if isinstance(top, click.Group) else {}
    names = [name for name, one in commands.items() if word in _list_options(one.params)]
    return [f"`cnnlab {name}`" for name in names]
