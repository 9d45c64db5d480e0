"""The reference of the command line is what its script writes, and names every command and option."""

import click
import pytest
from scripts.write_command_line import FOLDER, PAGES
from tests.support.command_line import leaves

PAGE = (FOLDER / "command-line.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_what_the_script_writes(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == PAGES[name](), "run python scripts/write_command_line.py"


@pytest.mark.parametrize(
    ("words", "command"), list(leaves()), ids=lambda item: " ".join(item) if type(item) is tuple else ""
)
def test_every_command_and_every_option_is_documented(words: tuple[str, ...], command: click.Command) -> None:
    (section,) = (part for part in PAGE.split("\n### ") if part.startswith(f"{' '.join(words)}\n"))
    own = section.split("\n## ")[0]
    whole = own + PAGE.split("\n## ")[0] + "`-h`"
    for item in command.params:
        if isinstance(item, click.Option):
            assert any(name in whole for name in item.opts), item.opts


def test_every_command_of_the_page_is_there() -> None:
    titles = {line.removeprefix("### ") for line in PAGE.splitlines() if line.startswith("### ")}
    assert titles == {" ".join(words) for words, _ in leaves()}
