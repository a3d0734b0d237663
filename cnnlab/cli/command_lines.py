"""Separate the unknown options of a command line from the options that the command has."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import click

from cnnlab.cli.foreign_words import OPTIONS
from cnnlab.spec.experiment import CONFIG_ENDINGS

_NUMBER = re.compile(r"-\.?\d")


@dataclass
class CommandLine:
    """The words of a command line after the name of the command.

    `unknown` maps each unknown option to its value. `options` maps each option and argument that
    the command has to its value. `arguments` lists the arguments of the command in their order, and
    `extra` lists further arguments that the command does not have.
    """

    context: click.Context
    unknown: dict[str, str | None] = field(default_factory=dict)
    options: dict[str, object] = field(default_factory=dict)
    arguments: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)

    @property
    def command(self) -> str:
        """The name of the command, as the user types it after `cnnlab`, for example `runs show`."""
        return self.context.command_path.partition(" ")[2]

    @property
    def command_word(self) -> str:
        """The name of the command as one word, for example `runs-show`."""
        return self.command.replace(" ", "-")


def to_word(option: str) -> str:
    """Return the name of an option in lower case, without the dashes at its start.

    >>> to_word("--Batch_Size")
    'batch-size'
    """
    return option.lstrip("-").lower().replace("_", "-")


def read_command_line(context: click.Context, given: list[str]) -> CommandLine:
    """Separate a command line into options, unknown options, arguments and extra arguments."""
    line, rest = CommandLine(context), [*given]
    while True:
        try:
            options, extra, _ = context.command.make_parser(context).parse_args([*rest])
        except click.NoSuchOption as error:
            place = _find_option(rest, error.option_name)
            if place is None:
                line.unknown.setdefault(error.option_name, None)
                return line
            _take_unknown_option(line, rest, place)
            continue
        except click.UsageError:
            return line
        line.options, line.extra = options, [*extra]
        for parameter in context.command.params:
            value = options.get(parameter.name)
            if isinstance(parameter, click.Argument):
                values = value if isinstance(value, tuple) else (value,)
                line.arguments += [one for one in values if isinstance(one, str)]
        return line


def _find_option(rest: list[str], name: str) -> int | None:
    """Return the index of an option in a command line: of --name, --name=value, or -name."""
    for place, text in enumerate(rest):
        if text == "--":
            return None
        is_short = len(name) == 2 and text.startswith(name)
        if text.partition("=")[0] == name or is_short:
            return place
    return None


def _take_unknown_option(line: CommandLine, rest: list[str], place: int) -> None:
    """Move an unknown option, with its value if it has one, from `rest` to `line.unknown`."""
    name, sign, value = rest.pop(place).partition("=")
    line.unknown[name] = value if sign else None
    following = rest[place] if place < len(rest) else "-"
    is_word = not following.startswith("-") or _NUMBER.match(following)
    if not sign and is_word and _takes(line, name, following):
        line.unknown[name] = rest.pop(place)


def _takes(line: CommandLine, name: str, following: str) -> bool:
    """Guess whether the word after an unknown option is the value of this option."""
    meaning = OPTIONS.get((line.command_word, to_word(name)))
    if meaning is None:
        is_group = isinstance(line.context.command, click.Group)
        return not is_group and not following.endswith(CONFIG_ENDINGS)
    if "{run}" in meaning:
        return not following.endswith(CONFIG_ENDINGS)
    return "{value}" in meaning
