"""Write the reference pages of the command line and of the views that questions in SQL are put to.

The texts are the commands' own help, and the views' own descriptions. Run it when a command, an option or a view has
changed; a test compares the pages with what this writes::

    python scripts/write_command_line.py
"""

from collections.abc import Iterator
from pathlib import Path

import click

from carbon_ledger.command_line.names import COMMANDS, PROGRAM
from carbon_ledger.command_line.program import program
from carbon_ledger.stores.sqlite.question_views import VIEWS

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "reference"

HEAD = """# The command line

You use a ledger from the shell. Install the library with the extra `cli`; for a program of its own, `pipx install
'carbon-ledger[cli,sign]'`. [A month without Python](../tutorial/month-without-python.md) shows the commands at work.

```
carbon-ledger [-f FILE] [--json] COMMAND ...
```

- **The ledger** is the file of `-f`, or of the variable `CARBON_LEDGER`; or the URL of
  [a ledger in PostgreSQL](../how-to/keep-a-ledger-in-postgresql.md). Only `init` and `copy` create a ledger.
- **Data go to stdout, remarks to stderr.** With `--json`, stdout has one JSON object, and an error is one on stderr:
  `{"error": {"kind", "message", "rule", "status", ...}}`. Remarks are its member `remarks`.
  Members are added in later versions; none is renamed or
  removed without the notice that [compatibility](compatibility.md) promises. Whole numbers are numbers, decimals are
  text, and times end with `Z`.
- **Commands that record** take `--dry-run`, which applies the rules, says what would be recorded, and records
  nothing; `--key`, an [idempotency key](../how-to/retry-safely.md); and `--by`, the actor, by default the variable
  `CARBON_LEDGER_BY`. Those that can be refused for a gap or a misfit take `--waive NAME=REASON`
  ([waivers](waivers.md)). Their JSON has `dry_run` and `recorded`: the first and the last entry, and how many of each
  type; `recorded` is null if a key was used for the same command before.
- **Amounts have units**: `--net '18600 MWh'`, `--capacity '8.33 MW'` ([numbers](numbers.md)).
- **Periods** are a year `2024`, a month `2024-05`, a day `2024-05-31`, or `START/END`, where END is not included.
  Dates are local days: of the project's or the device's zone, or of `--zone`.
- **Units** are blocks such as `hydro/2024/17/1-250`; or `--count N --instrument ID`, which the ledger selects from
  the account `--from`.
- **Evidence** is a file, whose digest is recorded, or a digest `sha256:...`.
- Colour is used on a terminal only, and not at all if `NO_COLOR` is set. Characters that do not print are escaped.

## Exit statuses

| status | means |
|---|---|
| 0 | done, and what was checked is true |
| 1 | checked, and not true: a finding of an audit, a receipt that proves nothing, time without readings |
| 2 | usage: a word, an amount, a period or a file of input cannot be read |
| 3 | refused by a rule, whose name stands on stderr: see [errors](errors.md) |
| 4 | the ledger's file or its server, or a file to write: missing, locked, full, damaged, away, not allowed |
| 5 | not found: no account, unit, entry or factor has this name |
| 130 | interrupted; a command is recorded as a whole or not at all, and `log` shows which |
| 141 | the reader of stdout went away; a command that records had recorded before it wrote |
"""

COMPLETION = """
## Completion

```
carbon-ledger completion bash > ~/.local/share/bash-completion/completions/carbon-ledger
carbon-ledger completion zsh > ~/.zfunc/_carbon-ledger
carbon-ledger completion fish > ~/.config/fish/completions/carbon-ledger.fish
```
"""

VIEWS_HEAD = """# Views for questions in SQL

`carbon-ledger query 'select ...'` puts one SELECT to these views of a ledger file. The file is only read, and is
checked as every ledger is when it is opened. A question takes at most `--timeout` seconds, because a program that
writes to the ledger waits for its next commit meanwhile; put long questions to a
[backup](../how-to/run-in-production.md). Of a ledger on a server, make a file first: `carbon-ledger backup copy.db`.

```
carbon-ledger query "select account, sum(units) as units from holdings where state = 'active' group by account"
```

A view shows the newest state. Times that end with `_utc` are whole seconds since 1970-01-01 UTC:
`datetime(expires_utc, 'unixepoch')` is the text. Energies are whole watt-hours, decimals are text, and a column that
ends with `_n` has the number of an entry. The tables below the views can be read too; their names may change in any
version, those of the views do not.
"""


def leaves(command: click.Command, words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command below one, with the words that call it."""
    if isinstance(command, click.Group):
        for name, item in command.commands.items():
            yield from leaves(item, (*words, name))
    else:
        yield words, command


def cell(text: str) -> str:
    """A text in a cell of a table."""
    return text.replace("|", "\\|").replace("<", "&lt;")


def section(words: tuple[str, ...], command: click.Command) -> str:
    """What a command does, its usage, and its own options; those that many commands have are at the top of the page."""
    context = click.Context(command, info_name=" ".join((PROGRAM, *words)))
    usage = " ".join(["carbon-ledger", *words, *command.collect_usage_pieces(context)])
    paragraphs = " ".join((command.help or "").split("\f")[0].split())
    lines = [f"### {' '.join(words)}", "", cell(paragraphs), "", "```", usage, "```"]
    shared = {"file", "as_json", "dry_run", "key", "by", "waive", "help"}
    items = [item for item in command.params if isinstance(item, click.Option) and item.name not in shared]
    records = [item.get_help_record(context) for item in items]
    if found := [record for record in records if record is not None]:
        lines += ["", "| option | |", "|---|---|"]
        lines += [f"| `{cell(option)}` | {cell(' '.join(text.split()))} |" for option, text in found]
    takes = {item.name for item in command.params}
    common = [name for name, option in (("--dry-run, --key, --by", "dry_run"), ("--waive", "waive")) if option in takes]
    lines += ["", f"Also `{', '.join(common)}`."] if common else []
    return "\n".join(lines)


def command_page() -> str:
    """The page of the commands."""
    parts = [HEAD.rstrip()]
    for heading, items in COMMANDS:
        parts.append(f"## {heading}")
        for name, _, _ in items:
            command = program.get_command(click.Context(program), name)
            assert command is not None
            parts += [section(words, leaf) for words, leaf in leaves(command, (name,))]
    return "\n\n".join([*parts, COMPLETION.strip()]) + "\n"


def views_page() -> str:
    """The page of the views."""
    parts = [VIEWS_HEAD.rstrip()]
    for name, view in VIEWS.items():
        rows = [f"| `{column}` | {cell(text)} |" for column, text in view.columns.items()]
        parts.append("\n".join([f"## {name}", "", cell(view.about), "", "| column | has |", "|---|---|", *rows]))
    return "\n\n".join(parts) + "\n"


PAGES = {"command-line.md": command_page, "sql-views.md": views_page}


def main() -> None:
    """Write both pages."""
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
