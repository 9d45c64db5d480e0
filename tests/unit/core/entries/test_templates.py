"""Templates: the bytes that an entry's own writer gives, whatever the texts of the entry contain."""

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from carbon_ledger.canonical import digest, dumps
from carbon_ledger.column import MAX_INTEGER
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.entries.events import GENERATION_RECORDED
from carbon_ledger.core.entries.splitting import run_arguments, run_events, run_request, without_none
from carbon_ledger.core.entries.templates import PART, RunTemplate, keyed
from carbon_ledger.metering.readings import QUALITIES, Readings

LINES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=30)
HOSTILE = ('"device":"x"', "%b %d %%", "\\", '","n":0,"', "é\U0001f600")
TEXTS = LINES | st.sampled_from(HOSTILE)
DEVICES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", fullmatch=True)
VALUES = st.lists(st.integers(-(2**40), 2**40), min_size=1, max_size=60)
EVIDENCE = st.none() | st.binary(max_size=3).map(digest)
AT = "2024-05-01T10:00:00.000001Z"


@given(TEXTS, EVIDENCE, st.sampled_from(QUALITIES), st.none() | TEXTS, DEVICES, VALUES, st.integers(0, MAX_INTEGER))
@example(HOSTILE[0], None, "measured", HOSTILE[1], "d", [0] * 32, 0)
def test_a_template_gives_the_bytes_of_the_entry_and_the_digest_of_the_request(
    by: str, evidence: str | None, quality: str, key: str | None, device: str, values: list[int], n: int
) -> None:
    """Invariant 26: the digest of a request does not depend on how its entry was written."""
    for start, step_s in ((0, 3600), (1_717_000_000, 1), (1_717_000_000, 86_400)):
        run = Readings(start, step_s, values, quality=quality)
        template = RunTemplate(by=by, evidence=evidence, step_s=step_s, quality=quality, command="record_readings")
        fields: dict[str, Any] = without_none(device=device, evidence=evidence)
        request = {"command": "record_readings", "by": by, "arguments": run_request(fields | run_arguments(run))}
        found = template.request_digest(device, run)
        assert found == digest(dumps(request))
        ((kind, event),) = run_events(GENERATION_RECORDED, run, fields)
        known = {} if key is None else {"key": key, "digest": found}
        entry = Entry(n=n, at=AT, by=by, type=kind, event=event, **known)
        command = PART if key is None else keyed(key, found)
        for _ in range(2):  # the text of the start is cached
            assert template.data(n, AT, device, run, command) == entry.readable_bytes()
