"""Commands about units in the naive model: selecting units and changing their holder or state."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from carbon_ledger.testing._model.issuance import IssuanceCommands
from carbon_ledger.testing._model.rows import (
    ACTIVE,
    BUFFERED,
    CANCELLED,
    EXPORTED,
    FINAL_STATES,
    LATEST,
    LOCKED,
    RETIRED,
    STATES,
    WITHDRAWABLE_STATES,
    WITHDRAWN,
    Range,
    RefusalError,
    Serial,
    UnitsRequest,
    Wanted,
)

LASTING: Final = tuple(state for state in STATES if state not in FINAL_STATES)


class UnitCommands(IssuanceCommands):
    """The commands about units; each returns the affected units in the order of the request."""

    def transfer(self, units: UnitsRequest, to: str, from_: str | None, at: int) -> list[Serial]:
        """Change the holder of units.

        Raises:
            RefusalError: A unit is not the transferor's, is not active, or has expired.
        """
        serials = self._take(units, from_, at, given_away=True, errors=self._receiving(units, to, from_))
        for serial in serials:
            self._give(serial, to)
        return serials

    def retire(
        self,
        units: UnitsRequest,
        from_: str | None,
        at: int,
        start: int = 0,
        end: int = LATEST,
        waivers: Sequence[str] = (),
    ) -> list[Serial]:
        """Retire units, which must be of one instrument, for a claim about a period.

        Raises:
            RefusalError: The period begins after *at* or ends before a unit was produced, and that is not waived.
        """
        errors = {"RefusedError"} if start > at and "claim-period" not in waivers else set()
        if not isinstance(units, Wanted):
            there = self._there(units)
            several = len({self.instrument_of(serial.batch) for serial in there}) > 1
            errors |= {"RefusedError"} if several or self._too_early(there, end, waivers) else set()
        serials = self._take(units, from_, at, errors=errors)
        if self._too_early(serials, end, waivers):
            raise RefusalError("RefusedError")
        return self._put(serials, RETIRED)

    def _too_early(self, serials: Sequence[Serial], end: int, waivers: Sequence[str]) -> bool:
        """Whether a claim ends before some of its units were produced, and that is not waived."""
        early = any(end <= self.produced_from[serial.batch] for serial in serials)
        return early and "claim-period" not in waivers

    def cancel(self, units: UnitsRequest, from_: str | None, at: int) -> list[Serial]:
        """Cancel units: they are final, without a claim.

        Raises:
            RefusalError: A unit is not active, has expired, or is not held by the named account.
        """
        return self._put(self._take(units, from_, at), CANCELLED)

    def export(self, units: UnitsRequest, from_: str | None, at: int) -> list[Serial]:
        """Export units to another registry: they are final here.

        Raises:
            RefusalError: A unit is not active, has expired, may not be given away, or is not held by the named account.
        """
        return self._put(self._take(units, from_, at, given_away=True), EXPORTED)

    def lock(self, units: UnitsRequest, from_: str | None, at: int) -> list[Serial]:
        """Lock units in the account that holds them.

        Raises:
            RefusalError: A unit is not active, has expired, or is not held by the named account.
        """
        return self._put(self._take(units, from_, at), LOCKED)

    def release(self, units: UnitsRequest, from_: str | None, at: int) -> list[Serial]:
        """Release locked units, even if they have expired.

        Raises:
            RefusalError: A unit is not locked, or is not held by the named account.
        """
        return self._put(self._take(units, from_, at, states=(LOCKED,), expiring=False), ACTIVE)

    def release_buffer(self, units: UnitsRequest, from_: str | None, at: int) -> list[Serial]:
        """Release units from the buffer.

        Raises:
            RefusalError: A unit is not in the buffer or has expired.
        """
        return self._put(self._take(units, from_, at, states=(BUFFERED,)), ACTIVE)

    def cancel_buffer(self, units: UnitsRequest, from_: str | None, at: int) -> list[Serial]:
        """Cancel units in the buffer.

        Raises:
            RefusalError: A unit is not in the buffer or has expired.
        """
        return self._put(self._take(units, from_, at, states=(BUFFERED,)), CANCELLED)

    def withdraw(self, units: UnitsRequest, from_: str | None, at: int) -> list[Serial]:
        """Withdraw units, whoever holds them. The units are forfeited; their steps stay claimed.

        Raises:
            RefusalError: A unit is final, pending or expired, or is not held by the named account.
        """
        serials = self._take(units, from_, at, states=WITHDRAWABLE_STATES, anybody=True)
        for serial in serials:
            if serial.batch.issuance in self.issuances:
                project, vintage = serial.batch.project, serial.batch.vintage
                of = (project, 0 if self.projects[project].granular else vintage)
                self.forfeited[of] = self.forfeited.get(of, 0) + 1
        return self._put(serials, WITHDRAWN)

    def label(self, units: UnitsRequest, label: str, from_: str | None, at: int) -> list[Serial]:
        """Label units that do not have the label yet.

        Raises:
            RefusalError: A unit has the label, is final, or is not held by the named account.
        """
        serials = self._labelled(units, label, from_, at, lambda carried: not carried)
        self.labels |= {(serial, label) for serial in serials}
        return serials

    def unlabel(self, units: UnitsRequest, label: str, from_: str | None, at: int) -> list[Serial]:
        """Remove a label from units that all have it.

        Raises:
            RefusalError: A unit does not have the label, is final, or is not held by the named account.
        """
        serials = self._labelled(units, label, from_, at, lambda carried: carried)
        self.labels -= {(serial, label) for serial in serials}
        return serials

    def transferor_of(self, units: UnitsRequest, from_: str | None) -> str | None:
        """The account that a command takes units from; None if there is no single account."""
        if from_ is not None or isinstance(units, Wanted):
            return from_
        holders = {self.units[serial].account for serial in self._there(units)}
        return min(holders) if len(holders) == 1 else None

    def selected(
        self, wanted: Wanted, account: str, state: str, at: int | None, *, given_away: bool = False
    ) -> list[Serial]:
        """The units of an account that a selection takes, in the order of the selection.

        Raises:
            RefusalError: The account has too few matching units.
        """
        found = [
            serial
            for serial, unit in self.units.items()
            if (unit.account, unit.state) == (account, state)
            and self.instrument_of(serial.batch) == wanted.instrument
            and wanted.vintage in (None, serial.batch.vintage)
            and wanted.project in (None, self.project_of(serial.batch))
            and (wanted.label is None or (serial, wanted.label) in self.labels)
            and (at is None or not self.too_late(serial.batch, at, given_away=given_away))
        ]
        if len(found) < wanted.count:
            raise RefusalError("InsufficientBalanceError")
        return sorted(found, key=lambda serial: self._place(serial, wanted.order))[: wanted.count]

    # Helpers

    def _place(self, serial: Serial, order: str) -> tuple[object, ...]:
        """The sort key of a unit; ties go to the older entry, the older vintage, the lower serial."""
        expires = self.expires(serial.batch)
        places: Mapping[str, tuple[int, ...]] = {
            "oldest-vintage": (serial.batch.vintage,),
            "newest-vintage": (-serial.batch.vintage,),
            "earliest-expiry": (1, 0) if expires is None else (0, expires),
            "oldest-issue": (serial.batch.issuance,),
            "newest-issue": (-serial.batch.issuance,),
        }
        return places[order], serial.batch.issuance, serial.batch.vintage, serial.k

    def _there(self, units: Range | tuple[Range, ...]) -> list[Serial]:
        """The units of blocks that exist."""
        serials = [Serial(part.batch, k) for part in _ranges(units) for k in range(part.first, part.last + 1)]
        return [serial for serial in serials if serial in self.units]

    def _named(self, units: Range | tuple[Range, ...]) -> list[Serial]:
        """The units of blocks.

        Raises:
            RefusalError: There is no such batch, a block extends past its end, or two blocks overlap.
        """
        errors: set[str] = set()
        serials: list[Serial] = []
        for part in _ranges(units):
            if part.batch not in self.produced_until:
                errors.add("UnknownBatchError")
            serials += [Serial(part.batch, k) for k in range(part.first, part.last + 1)]
        known = [serial for serial in serials if serial.batch in self.produced_until]
        if len(set(serials)) < len(serials) or any(serial not in self.units for serial in known):
            errors.add("SerialError")
        if errors:
            raise RefusalError(*errors)
        return serials

    def _take(
        self,
        units: UnitsRequest,
        from_: str | None,
        at: int,
        *,
        states: Sequence[str] = (ACTIVE,),
        expiring: bool = True,
        anybody: bool = False,
        given_away: bool = False,
        errors: set[str] | None = None,
    ) -> list[Serial]:
        """The units that a command acts on; a refusal lists every rule that the command breaks."""
        broken = set(errors or ())
        if from_ is not None and from_ not in self.accounts and (not anybody or isinstance(units, Wanted)):
            broken.add("UnknownAccountError")
        serials: list[Serial] = []
        try:
            if isinstance(units, Wanted):
                until = at if expiring or anybody else None
                serials = self.selected(units, str(from_), states[0], until, given_away=given_away)
            else:
                serials = self._named(units)
        except RefusalError as refused:
            broken |= refused.errors
            serials = [] if isinstance(units, Wanted) else self._there(units)
        holders = {self.units[serial].account for serial in serials}
        if (len(holders) > 1 and not anybody) or (from_ is not None and holders - {from_}):
            broken.add("NotHolderError")
        broken |= {"NotActiveError" for serial in serials if self.units[serial].state not in states}
        if expiring:
            late = [serial for serial in serials if self.too_late(serial.batch, at, given_away=given_away)]
            broken |= {"ExpiredError"} if late else set()
        if broken:
            raise RefusalError(*broken)
        return serials

    def _receiving(self, units: UnitsRequest, to: str, from_: str | None) -> set[str]:
        errors = set() if to in self.accounts else {"UnknownAccountError"}
        return errors | ({"NotHolderError"} if self.transferor_of(units, from_) == to else set())

    def _labelled(
        self, units: UnitsRequest, label: str, from_: str | None, at: int, fits: Callable[[bool], bool]
    ) -> list[Serial]:
        serials = self._take(units, from_, at, states=LASTING, expiring=False, anybody=True)
        if not all(fits((serial, label) in self.labels) for serial in serials):
            raise RefusalError("RefusedError")
        return serials

    def _put(self, serials: list[Serial], state: str) -> list[Serial]:
        for serial in serials:
            self.units[serial] = self.units[serial]._replace(state=state)
        return serials

    def _give(self, serial: Serial, to: str) -> None:
        """Transfer a unit and record whether it has ever left the account it was issued to."""
        issued = self.issuances.get(serial.batch.issuance)
        left = self.units[serial].left or issued is None or to != issued.account
        self.units[serial] = self.units[serial]._replace(account=to, state=ACTIVE, left=left)


def _ranges(units: Range | tuple[Range, ...]) -> tuple[Range, ...]:
    return (units,) if isinstance(units, Range) else units
