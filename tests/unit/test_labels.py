"""The catalogue of labels: what each certifies, with its source; tags; and refused names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import carbon_ledger as cl
from carbon_ledger.errors import RefusedError
from carbon_ledger.labels import BUILTIN, MAX_TAG, label_of


def test_every_known_label_says_what_it_certifies_and_where_that_comes_from() -> None:
    assert list(BUILTIN) == ["CORSIA", "E+", "S+", "SDG+"]
    for name, item in BUILTIN.items():
        assert (item.id, label_of(name)) == (name, name)
        assert item.name
        assert item.certifies
        assert any(mark in item.source for mark in ("[P]", "[S]", "[C]", "[M]"))
    assert cl.labels.BUILTIN is BUILTIN


@pytest.mark.parametrize("tag", ["tag:north", "tag:CORSIA", "tag:Kəlbəcər 2", "tag:tag:", "tag:" + "x" * (MAX_TAG - 4)])
def test_a_tag_is_any_other_text_after_its_prefix(tag: str) -> None:
    assert label_of(tag) == tag


@pytest.mark.parametrize(
    "value",
    ["", "tag:", "tag: north", "tag:north ", "tag:a\nb", "Tag:north", "north", "tag:" + "x" * (MAX_TAG - 3), None, 7],
)
def test_what_is_neither_is_refused(value: object) -> None:
    with pytest.raises(RefusedError, match=r"expected one of CORSIA, E\+, S\+, SDG\+") as refused:
        label_of(value)
    assert refused.value.rule == "unknown-label"


@pytest.mark.parametrize(
    ("value", "near"), [("CORSA", "CORSIA"), ("corsia", "CORSIA"), ("E", "E+"), ("SDG", "SDG+"), ("CORSIA ", "CORSIA")]
)
def test_a_misspelt_label_is_refused_and_the_right_one_named(value: str, near: str) -> None:
    with pytest.raises(RefusedError) as refused:
        label_of(value)
    assert f"did you mean {near!r}?" in refused.value.detail
    with pytest.raises(RefusedError) as far:
        label_of("Q")
    assert "did you mean" not in far.value.detail


@given(st.text(min_size=1, max_size=120), st.sampled_from(["", "tag:"]))
def test_what_is_taken_is_a_label_or_a_tidy_tag_as_it_was_given(value: str, prefix: str) -> None:
    text = prefix + value
    tag = text[4:] if text.startswith("tag:") else ""
    if text in BUILTIN or (tag and tag.isprintable() and not {tag[0], tag[-1]} & {" "} and len(text) <= MAX_TAG):
        assert label_of(text) == text
    else:
        with pytest.raises(RefusedError, match="unknown-label"):
            label_of(text)
