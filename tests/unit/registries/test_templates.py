"""Templates of serials: valid templates, and how a text is read with a template."""

import pytest

from carbon_ledger.errors import SerialError
from carbon_ledger.registries.templates import MAX_TEMPLATE, SerialForm, SerialMismatch

GCC = "GCC-{project}-{vintage:digits 4}-{first}-{last}"


def form(template: str = GCC, space: str = "") -> SerialForm:
    return SerialForm(template, space=space)


def why(template: str, text: str) -> str:
    """Why a text is not written so."""
    read = form(template).read(text)
    assert isinstance(read, SerialMismatch)
    return read.why


def test_a_text_is_read_part_by_part_as_it_stands() -> None:
    parts = form().read("GCC-S007-2024-1-250")
    assert parts == {"project": "S007", "vintage": "2024", "first": "1", "last": "250"}
    assert list(parts) == ["project", "vintage", "first", "last"]


def test_a_template_may_begin_and_end_with_text() -> None:
    ended = form("<{first}..{last}>")
    assert ended.read("<1..2>") == {"first": "1", "last": "2"}
    assert ended.read("<1..2>>") == SerialMismatch(6, "expected the end at character 7, found '>'")
    assert ended.read("<1..2") == SerialMismatch(4, "the text ends with part 'last' ('2'); '>' has to follow it")


def test_what_is_read_is_written_again() -> None:
    text = "GCC-S007-2024-0001-0250"
    parts = form().read(text)
    assert isinstance(parts, dict)
    assert form().write(parts) == text
    assert form().write({**parts, "first": "0100"}) == "GCC-S007-2024-0100-0250"


@pytest.mark.parametrize(
    ("space", "expected"),
    [
        ("", ""),
        ("one", "one"),
        ("{batch}", "7"),
        ("{project}/{batch}", "A-1/7"),
        ("x{year}y", "x0y"),
    ],
)
def test_a_space_is_made_of_parts_and_text(space: str, expected: str) -> None:
    """Leading zeros and letter case do not make another space."""
    template = "{project:code}_{batch:digits}-{year:digits 2}-{first}-{last}"
    for text in ("A-1_007-00-1-2", "a-1_7-00-1-2"):
        parts = form(template).read(text)
        assert isinstance(parts, dict)
        assert form(template, space).space_of(parts) == expected


@pytest.mark.parametrize(
    ("template", "text", "reason"),
    [
        (GCC, "GCV-S7-2024-1-2", "expected 'GCC-' at character 1, found 'GCV-S7-2024-1-2'"),
        (GCC, "", "expected 'GCC-' at character 1, found ''"),
        (GCC, "GCC-S7", "the text ends with part 'project' ('S7'); '-' has to follow it"),
        (GCC, "GCC-", "part 'project' is '', expected letters or digits of length 1 to 32; '-' has to follow it"),
        (GCC, "GCC--2024-1-2", "part 'project' is '', expected letters or digits of length 1 to 32"),
        (GCC, "GCC-S7-224-1-2", "part 'vintage' is '224', expected digits (0-9) of length 4"),
        (GCC, "GCC-S7-2O24-1-2", "it has the letter O where the digit zero (0) belongs"),
        (GCC, "GCC-S7-2o24-1-2", "it has the letter O where the digit zero (0) belongs"),
        (GCC, "GCC-S7-2024-1-2x", "part 'last' is '2x', expected digits (0-9) of length 1 to 15"),
        (GCC, "GCC-S7-2024-1-2-", "part 'last' is '2-', expected digits (0-9) of length 1 to 15"),
        (GCC, "GCC-S7-2024-1-1234567890123456", "part 'last' is '1234567890123456', expected digits"),
        (GCC, "GCC-S7-2024-\u0661-2", "'\u0661' (U+0661) is not ASCII"),
        (GCC, "GCC-S7-2024-\uff11-2", "'\uff11' (U+FF11) is not ASCII"),
        (GCC, "GCC-É7-2024-1-2", "'É' (U+00C9) is not ASCII"),
        (GCC, "GCC-S7-2024-+1-2", "part 'first' is '+1', expected digits"),
        (GCC, "GCC-S7-2024- 1-2", "part 'first' is ' 1', expected digits"),
        (GCC, "GCC-S7-2024-1-2\n", "part 'last' is '2\\n', expected digits"),
        ("{a}-{first}-{a}-{last}", "x-1-y-2", "part 'a' is 'y' and was 'x' before, expected the same"),
        ("{c:letters 2}-{first}-{last}", "az-1-2", "part 'c' is 'az', expected letters (A-Z) of length 2"),
        ("{c:code}_{first}_{last}", "a/b_1_2", "part 'c' is 'a/b', expected letters, digits, '+', '.' or '-' of"),
    ],
)
def test_a_text_that_is_not_written_so(template: str, text: str, reason: str) -> None:
    assert reason in why(template, text)


@pytest.mark.parametrize(
    ("template", "text", "reason"),
    [
        ("{a}-{first}-{last}", "-1-2", "part 'a' is '', expected letters or digits of length 1 to 32"),
        ("<{first}-{last}>", "x" * 30, f"expected '<' at character 1, found '{'x' * 20}'"),
        ("{first}-{last}>", "1-2>" + "x" * 30, f"expected the end at character 5, found '{'x' * 20}'"),
    ],
)
def test_a_reason_says_no_more_than_what_is_wrong(template: str, text: str, reason: str) -> None:
    assert why(template, text) == reason


def test_the_letter_o_is_named_only_where_a_zero_would_do() -> None:
    assert "letter O" not in why(GCC, "GCC-S7-2Ox4-1-2")
    assert "letter O" not in why(GCC, "GCC-S7-20240-1-2")
    assert "letter O" not in why("{c:letters 1}-{first}-{last}", "OO-1-2")


def test_how_far_a_text_was_read_is_told() -> None:
    read = form().read("GCC-S7-2024-x-2")
    assert isinstance(read, SerialMismatch)
    assert read.at == len("GCC-S7-2024-")


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        (5, "expected printable ASCII text of at most 400 characters"),
        ("é{first}-{last}", "expected printable ASCII text"),
        ("\t{first}-{last}", "expected printable ASCII text"),
        ("x" * MAX_TEMPLATE + "{first}-{last}", "expected printable ASCII text"),
        ("{first}", "expected {last} once, found 0"),
        ("{last}", "expected {first} once, found 0"),
        ("{first}-{last}-{last}", "expected {last} once, found 2"),
        ("{first}-{last", "a brace without its other"),
        ("{first}}-{last}", "a brace without its other"),
        ("{{first}-{last}", "a brace without its other"),
        ("{first}-{last}-{}", "part {}, expected {name} or {name:kind}"),
        ("{first}-{last}-{Batch}", "part {Batch}, expected {name}"),
        ("{first}-{last}-{a:hex}", "part {a:hex}, expected {name}"),
        ("{first}-{last}-{a:}", "part {a:}, expected {name}"),
        ("{first}-{last}-{a:digits 0}", "part {a:digits 0}, expected {name}"),
        ("{first}-{last}-{a:digits 1-100}", "part {a:digits 1-100}, expected {name}"),
        ("{first}-{last}-{a:[0-9]+}", "part {a:[0-9]+}, expected {name}"),
        ("{first}-{last}-{a:digits 33}", "part 'a', expected a length from 1 to 32"),
        ("{first}-{last}-{a:digits 6-4}", "part 'a', expected a length from 1 to 32"),
        ("{first:digits 16}-{last}", "part 'first', expected a length from 1 to 15"),
        ("{first:letters}-{last}", "part 'first' is the range, expected digits"),
        ("{a:digits}-{first}-{last}-{a:digits}", "part 'a' comes again; name its kind once, at first"),
        ("{a}-{first}-{last}-{a:digits}", "part 'a' comes again; name its kind once, at first"),
        ("{a}{first}-{last}", "what follows part 'a' could be a part of it"),
        ("{a}7 {first}-{last}", "what follows part 'a' could be a part of it"),
        ("{a}7{first}-{last}", "what follows part 'a' could be a part of it"),
        ("{a:code}-{first}-{last}", "what follows part 'a' could be a part of it"),
    ],
)
def test_what_is_no_template(template: str, reason: str) -> None:
    with pytest.raises(SerialError) as caught:
        form(template)
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("space", "reason"),
    [
        (None, "space None: expected printable ASCII text"),
        ("{batch}", "part 'batch', expected parts of it: project, vintage"),
        ("{first}", "part 'first', expected parts of it: project, vintage"),
        ("{project:digits}", "name its parts alone, {name}"),
        ("{project", "a brace without its other"),
    ],
)
def test_what_is_no_space(space: str, reason: str) -> None:
    with pytest.raises(SerialError) as caught:
        form(space=space)
    assert reason in str(caught.value)


def test_a_space_of_a_template_without_other_parts() -> None:
    with pytest.raises(SerialError, match="expected parts of it: none"):
        form("{first}-{last}", "{first}")


def test_a_length_may_be_one_number_or_two() -> None:
    exact, ranged = form("{a:digits 2}-{first}-{last}"), form("{a:digits 2-3}-{first}-{last}")
    read = [
        [not isinstance(item.read(f"{'1' * n}-1-2"), SerialMismatch) for n in range(1, 5)] for item in (exact, ranged)
    ]
    assert read == [[False, True, False, False], [False, True, True, False]]


def test_a_template_has_at_most_400_characters() -> None:
    filled = "{first}-{last}".ljust(MAX_TEMPLATE, "x")
    assert form(filled).read("1-2".ljust(MAX_TEMPLATE - 11, "x")) == {"first": "1", "last": "2"}
    with pytest.raises(SerialError):
        form(filled + "x")


def test_a_fixed_width_is_a_length_of_the_range() -> None:
    padded = form("{first:digits 6}-{last:digits 6}")
    assert padded.read("000001-000100") == {"first": "000001", "last": "000100"}
    assert isinstance(padded.read("1-100"), SerialMismatch)


def test_forms_are_equal_by_their_text() -> None:
    assert form(space="{project}") == form(space="{project}")
    assert form(space="{project}") != form(space="{vintage}")
    assert len({form(), form(), form(space="a")}) == 2


def test_a_hostile_text_is_read_in_one_pass() -> None:
    """No backtracking: a text that almost fits is refused at the part where it stops fitting."""
    many = "-".join(f"{{p{chr(97 + k)}}}" for k in range(12)) + "-{first}-{last}"
    read = form(many).read("a-" * 100_000)
    assert isinstance(read, SerialMismatch)
    assert read.at == 24
