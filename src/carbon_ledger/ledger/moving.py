"""Commands that move units: transfer, retire, cancel, withdraw."""

from attrs import frozen

from carbon_ledger.canonical import identifier
from carbon_ledger.ledger.commands import Commands, Events, given, text_at_the_door
from carbon_ledger.ledger.entries import Entry
from carbon_ledger.ledger.rules.movements import block_of_event, sole_holder
from carbon_ledger.ledger.state import View
from carbon_ledger.periods import Period, period_of
from carbon_ledger.serials import Batch, Block, block_of


@frozen(kw_only=True)
class Retirement:
    """A claim made for ever: who, for what, with which units.

    Attributes:
        n: The entry that recorded it.
        at: When, UTC.
        block: The units.
        account: The account that held them.
        beneficiary: Who makes the claim.
        purpose: What for.
        period: The reporting period of the claim.
    """

    n: int
    at: str
    block: Block
    account: str
    beneficiary: str
    purpose: str
    period: Period

    @property
    def count(self) -> int:
        """Units retired."""
        return self.block.count


def retirement_of(entry: Entry) -> Retirement:
    """The retirement that an entry recorded."""
    event = entry.event
    return Retirement(
        n=entry.n,
        at=entry.at,
        block=block_of_event(event),
        account=event["account"],
        beneficiary=event["beneficiary"],
        purpose=event["purpose"],
        period=Period.from_record(event["reporting_period"]),
    )


def _record(block: Block) -> dict[str, object]:
    return {"batch": block.batch_id, "first": block.first, "last": block.last}


class Moving(Commands):
    """Transferring, retiring, cancelling and withdrawing."""

    def transfer(
        self,
        block: Block | Batch | str,
        *,
        to: str,
        from_: str | None = None,
        key: str | None = None,
        by: str | None = None,
    ) -> Block:
        """Change the holder of a block.

        Args:
            block: The units.
            to: The account that receives them.
            from_: The account that gives them; the block's sole holder by default.
            key: Idempotency key.
            by: The actor.

        Returns:
            What *to* now holds.

        Raises:
            NotHolderError: Some of the units are another account's.
            NotActiveError: Some are retired, cancelled or withdrawn.
            ExpiredError: They expired.
            UnknownAccountError: An account is not open.
            SerialError: The block is none, or beyond its batch.
        """
        units, taker = block_of(block), identifier(to, "account")

        def plan(view: View) -> Events:
            giver = from_ if from_ is not None else sole_holder(view, units)
            return [("units.transferred", {**_record(units), "from": giver, "to": taker})]

        arguments = given(block=str(units), to=taker, from_=from_)
        entries = self._perform("transfer", arguments, plan, key=key, by=by)
        return block_of_event(entries[0].event)

    def retire(
        self,
        block: Block | Batch | str,
        *,
        beneficiary: str,
        purpose: str,
        period: Period,
        from_: str | None = None,
        key: str | None = None,
        by: str | None = None,
    ) -> Retirement:
        """Remove a block for ever, with a claim by a named beneficiary.

        I-REC calls this redemption; EECS and EnergyTag call it cancellation.

        Args:
            block: The units.
            beneficiary: Who makes the claim; needs no account.
            purpose: What for.
            period: The reporting period of the claim.
            from_: The account that holds them; the block's sole holder by default.
            key: Idempotency key.
            by: The actor.

        Returns:
            The retirement.

        Raises:
            NotHolderError: Some of the units are another account's.
            NotActiveError: Some are retired, cancelled or withdrawn.
            ExpiredError: They expired.
            SerialError: The block is none, or beyond its batch.
            QuantityError: *beneficiary* or *purpose* is empty.

        Source:
            Domain invariant 14.
        """
        units = block_of(block)
        claim = {
            "beneficiary": text_at_the_door(beneficiary, "beneficiary"),
            "purpose": text_at_the_door(purpose, "purpose"),
            "reporting_period": period_of(period, "period").to_record(),
        }

        def plan(view: View) -> Events:
            account = from_ if from_ is not None else sole_holder(view, units)
            return [("units.retired", {**_record(units), "account": account, **claim})]

        arguments = given(block=str(units), from_=from_, **claim)
        return retirement_of(self._perform("retire", arguments, plan, key=key, by=by)[0])

    def cancel(
        self,
        block: Block | Batch | str,
        *,
        reason: str,
        from_: str | None = None,
        key: str | None = None,
        by: str | None = None,
    ) -> Block:
        """Remove a block for ever, without a claim.

        Args:
            block: The units.
            reason: Why.
            from_: The account that holds them; the block's sole holder by default.
            key: Idempotency key.
            by: The actor.

        Returns:
            The block.

        Raises:
            NotHolderError: Some of the units are another account's.
            NotActiveError: Some are retired, cancelled or withdrawn.
            ExpiredError: They expired.
            SerialError: The block is none, or beyond its batch.
        """
        units, why = block_of(block), text_at_the_door(reason, "reason")

        def plan(view: View) -> Events:
            account = from_ if from_ is not None else sole_holder(view, units)
            return [("units.cancelled", {**_record(units), "account": account, "reason": why})]

        arguments = given(block=str(units), from_=from_, reason=why)
        return block_of_event(self._perform("cancel", arguments, plan, key=key, by=by)[0].event)

    def withdraw(
        self, block: Block | Batch | str, *, reason: str, key: str | None = None, by: str | None = None
    ) -> Block:
        """Withdraw a block, as the issuer: its units are forfeited and no step is freed.

        Args:
            block: The units, whoever holds them.
            reason: Why.
            key: Idempotency key.
            by: The actor.

        Returns:
            The block.

        Raises:
            NotActiveError: Some units are in a final state.
            UnknownBatchError: No such batch.
            SerialError: The block is none, or beyond its batch.

        Source:
            ledger-model section 7.
        """
        units, why = block_of(block), text_at_the_door(reason, "reason")
        event = {**_record(units), "reason": why}
        self._perform("withdraw", event, lambda _: [("units.withdrawn", event)], key=key, by=by)
        return units
