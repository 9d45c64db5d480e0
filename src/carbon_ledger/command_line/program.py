"""The program: a group of commands, of which only the one that is called is loaded."""

from importlib import import_module

import click
from click.shell_completion import CompletionItem

import carbon_ledger
from carbon_ledger.command_line.misuse import ledger_hint
from carbon_ledger.command_line.names import COMMANDS, FILE_VARIABLE, command_names, help_text, module_of
from carbon_ledger.printing import near, quote


class Commands(click.Group):
    """The group of all commands. Its help is that of `names`, and a command's module is loaded when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the signature is click's
        """The names of the commands."""
        return command_names()

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's
        """The command with a name, loaded from its module, or None."""
        module = module_of(cmd_name)
        if module is None:
            return None
        found = getattr(import_module(f"carbon_ledger.command_line.{module}"), f"{cmd_name.replace('-', '_')}_command")
        return found if isinstance(found, click.Command) else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the first word names.

        Raises:
            click.UsageError: There is no such command; the message has the names that resemble it.
        """
        if args and module_of(args[0]) is None and not args[0].startswith("-"):
            close = near(args[0], command_names(), most=3)
            hint = f"; did you mean {', '.join(close)}?" if close else "; see carbon-ledger --help"
            raise click.UsageError(f"no such command {quote(args[0])}{ledger_hint(args[:1]) or hint}", ctx)
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The commands and options that begin with a text; no command is loaded."""
        named = [(name, line) for _, items in COMMANDS for name, _, line in items if name.startswith(incomplete)]
        return [CompletionItem(name, help=line) for name, line in named] + click.Command.shell_complete(
            self, ctx, incomplete
        )

    def get_help(self, ctx: click.Context) -> str:  # noqa: ARG002 - the signature is click's
        """The help of the program."""
        return help_text().rstrip("\n")


def _version(context: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        click.echo(f"carbon-ledger {carbon_ledger.__version__}")
        context.exit()


@click.group(cls=Commands, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("-f", "--file", metavar="FILE", envvar=FILE_VARIABLE, help="The ledger's file or URL.")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object to stdout.")
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version.")
@click.pass_context
def program(context: click.Context, file: str | None, as_json: bool) -> None:
    """A ledger of clean-energy certificates and carbon credits."""
    given = {name: value for name, value in (("file", file), ("as_json", as_json)) if value}
    context.ensure_object(dict).update(given)
    if context.invoked_subcommand is None:
        click.echo(help_text(), err=True, nl=False)
        context.exit(2)
