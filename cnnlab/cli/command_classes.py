"""Classes of commands whose error messages suggest what to type instead of a wrong word."""

from __future__ import annotations

import click


class SuggestingCommand(click.Command):
    """A command that suggests what to type instead of an unknown option or an extra argument."""

    def parse_args(self, context: click.Context, arguments: list[str]) -> list[str]:
        given = [*arguments]  # click changes the list
        try:
            return super().parse_args(context, arguments)
        except click.NoSuchOption:
            from cnnlab.cli import option_suggestions

            message = option_suggestions.describe_unknown_options(context, given)
        except click.UsageError as error:
            if type(error) is not click.UsageError:  # its message says all
                raise
            from cnnlab.cli import option_suggestions

            extra = option_suggestions.suggest_for_extra_arguments(context, given)
            message = f"{error.message.rstrip('.')}. {extra}" if extra else error.message
        raise click.UsageError(message, context)


class SuggestingGroup(SuggestingCommand, click.Group):
    """A group of commands that suggests what to type instead of an unknown command."""

    def resolve_command(
        self, context: click.Context, arguments: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        word = arguments[0]
        if self.get_command(context, word) is None and not word.startswith("-"):
            from cnnlab.cli.command_suggestions import suggest_command

            suggestion = suggest_command(context, arguments)
            raise click.UsageError(f"No such command {word!r}. {suggestion}".rstrip(), context)
        return super().resolve_command(context, arguments)
