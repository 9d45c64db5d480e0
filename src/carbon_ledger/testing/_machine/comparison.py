"""Comparison of what a command returned from the ledger and from the model."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from carbon_ledger.ledger.ledger import Ledger
from carbon_ledger.serials import Block
from carbon_ledger.testing._machine.commands import MIDNIGHTS_UTC, REFERENCE, UNIT_COMMANDS, Action, reference_of
from carbon_ledger.testing._machine.naming import Names
from carbon_ledger.testing._model.model import Model
from carbon_ledger.testing._model.rows import Offered, Serial
from carbon_ledger.testing.strategies import BlockPart

Both = tuple[object, object]


def units_of(blocks: Iterable[Block]) -> list[tuple[str, int]]:
    """The units of blocks in order, as (batch id, serial number)."""
    return [(block.batch_id, k) for block in blocks for k in range(block.first, block.last + 1)]


class Comparison:
    """Compares results, and records the ledger's ids of what a command created.

    Args:
        ledger: The ledger, right after the command.
        model: The model, right after the command.
        names: The ledger's ids of the model's things; extended by each comparison.
    """

    def __init__(self, ledger: Ledger, model: Model, names: Names) -> None:
        self.ledger = ledger
        self.model = model
        self.names = names

    def compare(self, action: Action, result: object, expected: object) -> None:
        """Compare what a command returned from the ledger and from the model.

        Args:
            action: The command.
            result: What the ledger returned.
            expected: What the model returned.

        Raises:
            AssertionError: The results differ.
        """
        name = "units" if action.name in UNIT_COMMANDS and action.name not in _COMPARED else action.name
        if name not in _COMPARED:
            return
        found, wanted = _COMPARED[name](self, action, result, expected)
        assert found == wanted, f"the ledger returns {found}, the model {wanted}: {action}"

    def metered(self, action: Action, result: Any, _: object) -> Both:
        """All of the energy was recorded."""
        return result.net_wh, sum(action.given["values"])

    def corrected(self, _: Action, result: Any, expected: Any) -> Both:
        """The same units were withdrawn."""
        return sorted(units_of(result.withdrawn)), sorted(map(self.names.serial, expected))

    def issued(self, action: Action, result: Any, expected: Any) -> Both:
        """The same batches were created, with the same expiry."""
        entries = [item.n for item in self.ledger.issuances(action.given["project"])][-len(expected) :]
        self.names.entry_of |= dict(zip(expected, entries, strict=True))
        keys = [key for key in self.model.produced_until if key.issuance in expected]
        found = sorted((batch.batch_id, batch.count, batch.account) for batch in result)
        to = action.given["to"]
        wanted = sorted((self.names.batch_id(k), self.model.count(k), to) for k in keys)
        limits = {batch.batch_id: (batch.expires_utc, batch.transferable_until_utc) for batch in result}
        ends = {self.names.batch_id(k): (self.model.expires(k), self.model.transferable_until(k)) for k in keys}
        return (found, limits), (wanted, ends)

    def moved(self, action: Action, result: Any, expected: Any) -> Both:
        """The same units were affected, in the same order; a single block in returns a single block."""
        assert self.ledger.entry(self.ledger.size - 1).event.get("reference") == reference_of(action)
        one = isinstance(action.given["units"], BlockPart)
        blocks = (result,) if one else result
        return (type(result) is Block, units_of(blocks)), (one, self._serials(expected))

    def retired(self, _: Action, result: Any, expected: Any) -> Both:
        """The same units were retired, with a retirement number of their own."""
        assert result.reference == REFERENCE, f"the retirement has the reference {result.reference}"
        return self._retirement(result), self._claim(result.n, expected)

    def converted(self, _: Action, result: Any, expected: Any) -> Both:
        """The same units were retired for the conversion."""
        number, serials = expected
        self.names.entry_of[number] = result.n
        return self._retirement(result), self._claim(result.n, serials)

    def offered(self, _: Action, result: Any, expected: Offered) -> Both:
        """The offer has the same parties, units, deadline and status."""
        self.names.entry_of.setdefault(expected.number, result.n)
        found = (result.n, result.giver, result.taker, result.deadline_utc, result.status, units_of(result.blocks))
        n = self.names.entry_of[expected.number]
        wanted = (*expected[1:3], expected.deadline, expected.status, self._serials(expected.serials))
        return found, (n, *wanted)

    def imported(self, action: Action, result: Any, expected: int) -> Both:
        """The same block was imported, with the same serials and expiry."""
        self.names.entry_of[expected] = self.ledger.size - 1 - len(action.given["labels"])
        row = self.model.imported[expected]
        (key,) = [key for key in self.model.produced_until if key.issuance == expected]
        found = (result.batch_id, result.count, result.instrument, result.project, result.vintage)
        limits = (result.expires_utc, result.transferable_until_utc)
        wanted = (self.names.batch_id(key), self.model.count(key), row.instrument, row.project, key.vintage)
        serials, text = (result.serial, str(self.ledger.registry_serial(result))), action.given["serial"].text
        return (found, limits, serials), (wanted, (row.expires, row.transferable_until), (text, text))

    def approved(self, action: Action, result: Any, expected: Any) -> Both:
        """One approval was recorded for each issuance that will follow."""
        self.names.entry_of |= dict(zip(expected, [item.n for item in result], strict=True))
        found = [(item.by, item.project, item.device, item.status) for item in result]
        wanted = [self.model.approvals[number] for number in expected]
        return found, [(action.by, item.project, item.device, item.status) for item in wanted]

    def verified(self, action: Action, result: Any, expected: Any) -> Both:
        """The statement has the opinion, and says whether what the verifier saw has changed since."""
        self.names.entry_of.setdefault(expected, result.n)
        item = self.model.verifications[expected]
        found = (result.n, result.by, result.opinion, bool(result.overtaken_by))
        return found, (self.names.entry_of[expected], action.by, item.opinion, item.overtaken)

    def amended(self, action: Action, result: Any, _: object) -> Both:
        """The device has the capacity and the state that are in force from that day on."""
        given = action.given
        since = MIDNIGHTS_UTC[given["day"]]
        found = (result.capacity_w, result.decommissioned is not None)
        return found, (self.model.capacity_at(given["device"], since), self.model.closed_at(given["device"], since))

    def named(self, action: Action, result: Any, _: object) -> Both:
        """The account has its new name."""
        return (result.id, result.name), (action.given["account"], action.given["name"])

    def described(self, action: Action, result: Any, expected: Any) -> Both:
        """The document has the title, and has been described that often."""
        return (result.title, len(result.entries)), (action.given["title"], expected)

    def related(self, action: Action, result: Any, _: object) -> Both:
        """The relation is of these accounts, and has ended if the command ended it."""
        found = (result.account, result.other, result.relation, result.ended_n is not None)
        given = action.given
        return found, (given["account"], given["other"], given["relation"], action.name == "end_relation")

    def granted(self, action: Action, result: Any, _: object) -> Both:
        """The role was granted."""
        given = action.given
        return (result.actor, result.role, result.scope), (given["actor"], given["role"], given["account"] or "")

    def _serials(self, serials: Iterable[Serial]) -> list[tuple[str, int]]:
        return [self.names.serial(serial) for serial in serials]

    def _retirement(self, result: Any) -> object:
        return result.number, result.account, result.instrument, units_of(result.blocks), result.count

    def _claim(self, n: int, serials: list[Serial]) -> object:
        holder = self.model.units[serials[0]].account
        number = f"{self.ledger.ledger_id}/{n}"
        instrument = self.model.instrument_of(serials[0].batch)
        return number, holder, instrument, self._serials(serials), len(serials)


_COMPARED: Final[Mapping[str, Callable[[Comparison, Action, Any, Any], Both]]] = {
    "record": Comparison.metered,
    "record_meter": Comparison.metered,
    "correct": Comparison.corrected,
    "correct_meter": Comparison.corrected,
    "issue": Comparison.issued,
    "issue_carry": Comparison.issued,
    "units": Comparison.moved,
    "retire": Comparison.retired,
    "convert": Comparison.converted,
    **dict.fromkeys(("offer", "accept", "reject", "revoke_offer", "time_out"), Comparison.offered),
    "import_block": Comparison.imported,
    "approve": Comparison.approved,
    "state_verification": Comparison.verified,
    "grant": Comparison.granted,
    "amend_device": Comparison.amended,
    "amend_account": Comparison.named,
    "describe_document": Comparison.described,
    **dict.fromkeys(("declare_relation", "end_relation"), Comparison.related),
}
