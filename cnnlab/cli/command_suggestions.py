"""Suggest what to type instead of a command that cnnlab does not have."""

from __future__ import annotations

import difflib
import os
import shlex
from pathlib import Path

import click

from cnnlab.cli.foreign_words import COMMANDS
from cnnlab.spec.experiment import CONFIG_ENDINGS


def suggest_command(context: click.Context, arguments: list[str]) -> str:
    """Write `Did you mean …?` for an unknown command; return "" if no command is similar."""
    word, rest = arguments[0], arguments[1:]
    above = context.command_path.partition(" ")[2]
    meant = find_command(context, word)
    if above == "runs" and _is_run(context, word):
        meant, rest = "runs show", arguments
    if meant == "--help" and rest[:1] and rest[0] in _list_commands(context):
        return write_suggestion(f"cnnlab {shlex.join(rest)} --help")
    takes_nothing = meant.endswith(("--help", "--version"))
    if takes_nothing or (meant == "runs" and not "".join(rest).startswith("-")):
        rest = []
    if meant:
        return write_suggestion(insert_arguments(f"cnnlab {meant}", rest))
    if not above and word.endswith(CONFIG_ENDINGS):
        return write_suggestion(f"cnnlab train {shlex.join(arguments)}")
    return ""


def find_command(context: click.Context, word: str) -> str:
    """Return the command that the user probably means by an unknown word, or ""."""
    above, plain = context.command_path.partition(" ")[2], word.lower().replace("_", "-")
    words = COMMANDS.get(above, {})
    prefix = f"{above} " if above else ""
    own = {name: f"{prefix}{name}" for name in _list_commands(context)}
    elsewhere = {name: name for name in _list_commands(context.find_root())}
    known = {**elsewhere, **words, **own}
    if plain in known:
        return known[plain]
    close = difflib.get_close_matches(plain, known, n=1, cutoff=0.7)
    return known[close[0]] if close else ""


def _list_commands(context: click.Context) -> list[str]:
    group = context.command
    return list(group.commands) if isinstance(group, click.Group) else []


def _is_run(context: click.Context, word: str) -> bool:
    root = context.params.get("root") or "runs"
    return word == "last" or os.path.isdir(Path(root, word))


def write_suggestion(text: str) -> str:
    """Write the question `Did you mean …?` with the text that the user may type instead."""
    return f"Did you mean `{text}`?"


def insert_arguments(text: str, given: list[str]) -> str:
    """Put arguments into a command line: in place of the text {given}, or else at the end."""
    if "{given}" in text:
        return text.replace("{given}", shlex.join(given) or "RUN")
    return f"{text} {shlex.join(given)}".rstrip()
