"""The hash of a page's text: of all that a reader sees, and of nothing that the page's script writes."""

import hashlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbon_ledger.reports.ledger_page.printed import PrintedText


def digest(*pieces: str) -> str:
    text = PrintedText()
    for piece in pieces:
        text.feed(piece)
    return text.hexdigest()


def of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_spaces_and_tags_do_not_count_and_letters_do() -> None:
    assert digest("<p>26,880\n units</p><p>x</p>") == of("26,880unitsx")
    assert digest("<p>a</p>") != digest("<p>b</p>")
    assert digest("<p>a\u00a0b</p>") == of("a\u00a0b")
    assert digest("&lt;b&gt; &amp;amp; &#233;") == of("<b>&amp;é")


@pytest.mark.parametrize(
    "part",
    [
        "<p data-live>x</p>",
        "<div data-live><b>x<br>y</b>z</div>",
        "<script>x</script>",
        "<style>x</style>",
        "<noscript><p>x</p></noscript>",
        "<pre data-live hidden></pre>",
    ],
)
def test_what_a_script_writes_does_not_count(part: str) -> None:
    assert digest(f"<body>a{part}b</body>") == of("ab")
    assert digest(f"<svg><path d='M0'/><title>t</title></svg>{part}<input><br>b") == of("tb")


@given(st.lists(st.integers(0, 60), max_size=6))
def test_the_pieces_in_which_a_page_is_written_do_not_matter(cuts: list[int]) -> None:
    page = '<body class="a"><p>1 &amp; 2 &lt;&#x2764;</p><p data-live>no<b>t</b></p>3 <i>4</i></body>'
    places = sorted({0, len(page), *cuts})
    assert digest(*(page[a:b] for a, b in pairwise(places))) == of("1&2<\u27643" + "4")
