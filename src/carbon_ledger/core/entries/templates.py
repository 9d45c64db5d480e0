"""Templates: the bytes of entries that record runs of net energy, without a walk through each entry's fields.

A template gives the bytes that `Entry.readable_bytes` gives for the same entry; tests compare the two.
"""

from typing import Final

from attrs import field, frozen

from carbon_ledger.canonical import digest, dumps
from carbon_ledger.core.entries.entry import SCHEMA
from carbon_ledger.core.entries.events import GENERATION_RECORDED
from carbon_ledger.metering.readings import MEASURED, Readings
from carbon_ledger.periods.instants import instant_text

PART: Final = b'"part":1,"parts":1'


def _literal(value: object) -> bytes:
    """A value as canonical JSON that can be a part of a format: without a sign for a value."""
    return dumps(value).replace(b"%", b"%%")


def _fields(**known: object) -> bytes:
    """The optional fields that are known, each with a comma after it."""
    return b"".join(b'"%b":%b,' % (name.encode(), _literal(value)) for name, value in known.items() if value)


@frozen(kw_only=True)
class RunTemplate:
    """The bytes of entries that record runs of one command's actor and document, of one step and quality.

    Every run is one of net energy alone, has at most `STEPS_PER_ENTRY` steps, and is an entry of its own.

    Args:
        by: The actor, checked.
        evidence: Digest of the document, checked; None without a document.
        step_s: Length of each step. [s]
        quality: The quality of the runs.
        command: The name of the command to which idempotency keys are bound.
    """

    by: str
    evidence: str | None
    step_s: int
    quality: str
    command: str
    _entry: bytes = field(init=False)
    _run: bytes = field(init=False)
    _request: bytes = field(init=False)
    _starts: dict[int, bytes] = field(init=False, factory=dict)

    @_entry.default
    def _of_entry(self) -> bytes:
        return (
            b'{"at":"%b","by":'
            + _literal(self.by)
            + b',"command":{%b},"event":{"device":"%b",'
            + _fields(evidence=self.evidence)
            + b'"net_wh":%b,'
            + self._quality()
            + b'"start":"%b","step_s":'
            + _literal(self.step_s)
            + b'},"n":%d,"schema":'
            + _literal(SCHEMA)
            + b',"type":'
            + _literal(GENERATION_RECORDED)
            + b"}"
        )

    @_run.default
    def _of_run(self) -> bytes:
        return (
            b'{"device":"%b",'
            + _fields(evidence=self.evidence)
            + b'"net":%b,'
            + self._quality()
            + b'"start":%d,"step":'
            + _literal(self.step_s)
            + b"}"
        )

    @_request.default
    def _of_request(self) -> bytes:
        return b'{"arguments":{"run":"%b"},"by":' + _literal(self.by) + b',"command":' + _literal(self.command) + b"}"

    def _quality(self) -> bytes:
        return _fields(quality=None if self.quality == MEASURED else self.quality)

    def request_digest(self, device: str, run: Readings) -> str:
        """The digest of a request, to which its idempotency key is bound."""
        arguments = digest(self._run % (device.encode(), run.net_wh.data, run.start_utc))
        return digest(self._request % arguments.encode())

    def data(self, n: int, at: str, device: str, run: Readings, command: bytes = PART) -> bytes:
        """The bytes of an entry.

        Args:
            n: The number of the entry.
            at: Its recorded time.
            device: The device's id, checked.
            run: The run.
            command: The fields of the command.
        """
        start = self._starts.get(run.start_utc)
        if start is None:
            start = self._starts[run.start_utc] = instant_text(run.start_utc).encode()
        return self._entry % (at.encode(), command, device.encode(), run.net_wh.data, start, n)


def keyed(key: str, request_digest: str) -> bytes:
    """The fields of a command with an idempotency key."""
    return b'"digest":"%b","key":%b,' % (request_digest.encode(), dumps(key)) + PART
