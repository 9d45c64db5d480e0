"""The command that prints completion scripts for bash, zsh and fish."""

import click

from carbon_ledger.command_line.names import COMPLETE_VARIABLE, PROGRAM
from carbon_ledger.command_line.options import HELP


@click.command("completion", context_settings=HELP)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion_command(shell: str) -> None:
    """Print the completion script of a shell.

    bash: carbon-ledger completion bash > ~/.local/share/bash-completion/completions/carbon-ledger
    """
    from click.shell_completion import get_completion_class

    from carbon_ledger.command_line.program import program

    kind = get_completion_class(shell)
    if kind is not None:
        click.echo(kind(program, {}, PROGRAM, COMPLETE_VARIABLE).source())
