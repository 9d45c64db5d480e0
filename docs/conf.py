"""The documentation site: the Markdown pages as they are, with contents, search and the docstrings of the API.

Sphinx reads the pages from the root of the project, so that links to CONTRIBUTING.md work on the site, too::

    sphinx-build -W --keep-going -c docs . docs/_build/html

Two things are made while the pages are read, because a page that a code host shows has no place for them: the
contents, from the lists of `docs/index.md`, and the docstrings, in place of the tables of `docs/reference/api.md`.
"""

import importlib
import inspect
import re
from collections.abc import Iterator

from docutils.nodes import Element
from sphinx.application import Sphinx
from sphinx.util.nodes import make_refnode

import carbon_ledger as cl

project = "carbon_ledger"
author = copyright = "The carbon_ledger contributors"  # noqa: A001
version = release = cl.__version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
root_doc = "docs/index"
include_patterns = ["*.md", "docs/**"]
exclude_patterns = ["docs/_build"]

html_theme = "furo"
html_title = f"carbon_ledger {version}"
html_extra_path = ["site"]  # an index.html that leads to docs/index.html
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"

myst_heading_anchors = 6
nb_execution_mode = "force"
nb_execution_in_temp = True
nb_execution_raise_on_error = True
default_role = "py:obj"
napoleon_custom_sections = ["Source"]
napoleon_numpy_docstring = False
autodoc_typehints = "none"
autodoc_member_order = "bysource"
add_module_names = False
maximum_signature_line_length = 100

_LINK = re.compile(r"\]\(([^)#\s]+\.md)(?:#[^)]*)?\)")
OF_CLASSES = ("What you give", "What comes back", "Other names", "Parts of answers")  # parts of the API page
_ROW = re.compile(r"^\| `(\w+)[(`]", re.MULTILINE)


def contents(text: str) -> str:
    """The index with its contents, a hidden one for each list: under its heading and the line above the list."""
    seen: set[str] = set()
    trees = []
    heading = label = ""
    groups: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line.startswith("## "):
            heading = label = line.removeprefix("## ")
        elif line.endswith(":") and not line.startswith("- "):
            label = f"{heading}: {line[0].lower()}{line[1:-1]}"
        groups.setdefault(label, []).extend(page for page in _LINK.findall(line) if page not in seen)
        seen.update(groups[label])
    for caption, pages in groups.items():
        options = [":hidden:", *([f":caption: {caption}"] if caption else [])]
        trees.append("\n".join(["```{toctree}", *options, "", *pages, "```"]))
    return "\n\n".join([text, *trees]) + "\n"


def directive(thing: object, path: str) -> str:
    """What documents one thing by its docstring."""
    if inspect.isclass(thing) or inspect.ismodule(thing):
        return f".. auto{'class' if inspect.isclass(thing) else 'module'}:: {path}\n   :members:\n"
    of_ledger = "method" if path.startswith("carbon_ledger.Ledger.") else "function"
    return f".. auto{'property' if isinstance(thing, property) else of_ledger}:: {path}\n"


def documented(part: str, section: str, tables: str) -> Iterator[str]:
    """The directives of a section of the API page: of its class or function, or else of the names in its tables."""
    if part in ("Functions", "Ledger"):
        holder = cl.Ledger if part == "Ledger" else cl
        home = "carbon_ledger.Ledger" if part == "Ledger" else "carbon_ledger"
        for name in _ROW.findall(tables):
            yield directive(inspect.getattr_static(holder, name, None) or getattr(holder, name), f"{home}.{name}")
    elif part in ("Rooms", "Tools of methodologies", "Testing kit"):
        room = importlib.import_module(f"carbon_ledger.{section}")
        for name in _ROW.findall(tables):
            if name not in cl.__all__:
                yield directive(getattr(room, name), f"carbon_ledger.{section}.{name}")
    else:
        yield directive(getattr(cl, section), f"carbon_ledger.{section}")


def docstrings(text: str) -> str:
    """The API page with docstrings in place of its tables."""
    done = []
    part = ""
    before: set[str] = set()  # a name of two tables, as `batch` is, has one docstring
    for chunk in re.split(r"^(?=##)", text, flags=re.MULTILINE):
        marks, _, rest = chunk.partition(" ")
        title, _, body = rest.partition("\n")
        part = title if marks == "##" else part
        named = documented(part, title, body) if marks == "###" or title == "Functions" else ()
        found = [item for item in named if item not in before]
        before.update(found)
        words = [line for line in body.splitlines() if not line.startswith("|") and part not in OF_CLASSES]
        shown = [f"{marks} {title}", "\n".join(words), "```{eval-rst}\n" + "\n".join(found) + "```", ""]
        done.append("\n\n".join(shown) if found else chunk)
    return "".join(done)


def linked(app: Sphinx, _env: object, node: Element, inner: Element) -> Element | None:
    """A link to the page about errors, from an error that a docstring names."""
    if node.get("refdomain") != "py" or node["reftarget"].rpartition(".")[2] not in vars(cl.errors):
        return None
    return make_refnode(app.builder, node["refdoc"], "docs/reference/errors", "", inner)


def as_site(_app: Sphinx, page: str, source: list[str]) -> None:
    """Add to two pages what only a site has."""
    changes = {"docs/index": contents, "docs/reference/api": docstrings}
    if page in changes:
        source[0] = changes[page](source[0])


def setup(app: Sphinx) -> None:
    """Have Sphinx call `as_site` for each page, and `linked` for each name that it does not find."""
    app.connect("source-read", as_site)
    app.connect("missing-reference", linked)
