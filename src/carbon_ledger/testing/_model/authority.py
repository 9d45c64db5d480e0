"""Roles and approvals in the naive model, following the table in the authority reference."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from carbon_ledger.testing._model.amendments import AmendmentCommands
from carbon_ledger.testing._model.imports import ImportCommands
from carbon_ledger.testing._model.offers import OfferCommands
from carbon_ledger.testing._model.rows import STANDING, Approved, Quantified, RefusalError

ACCOUNT_HOLDER: Final = "account-holder"
COMMANDS: Final[Mapping[str, str]] = {
    "registrar": "open_account register_device register_meter register_project register_registry adopt_methodology "
    "attest adopt_factor grant revoke lock release advance_clock adopt_zone amend_device amend_account "
    "describe_document declare_relation end_relation",
    "meter-operator": "record record_meter correct correct_meter calibrate describe_document",
    "verifier": "approve revoke_approval attest describe_document state_verification",
    "issuer": "issue issue_carry void withdraw release_buffer cancel_buffer label unlabel import_block "
    "adopt_methodology attest adopt_factor describe_document",
    ACCOUNT_HOLDER: "transfer retire cancel export offer accept reject revoke_offer time_out convert",
}


class Authority(OfferCommands, ImportCommands, AmendmentCommands):
    """The commands about roles and approvals, and the check of an actor's authority."""

    def may(self, actor: str, command: str, accounts: Sequence[str] | None) -> bool:
        """Whether an actor may give a command.

        Args:
            actor: The actor.
            command: The command.
            accounts: For an account holder's command, the accounts whose holders may give it; None if unknown.
        """
        roles = [role for role, commands in COMMANDS.items() if command in commands.split()]
        if self.grants is None or (ACCOUNT_HOLDER in roles and accounts is None):
            return True
        scopes: Iterable[str] = accounts or () if ACCOUNT_HOLDER in roles else ("",)
        return any((actor, role, scope) in self.grants for role in roles for scope in scopes)

    def grant(self, actor: str, role: str, account: str | None) -> None:
        """Give an actor a role.

        Raises:
            RefusalError: The ledger has no roles, the actor has the role, or the account is missing or superfluous.
        """
        scope = account or ""
        errors = set()
        if self.grants is None or (role == ACCOUNT_HOLDER) != bool(scope) or (actor, role, scope) in self.grants:
            errors.add("RefusedError")
        if scope and scope not in self.accounts:
            errors.add("UnknownAccountError")
        if errors or self.grants is None:
            raise RefusalError(*errors)
        self.grants = self.grants | {(actor, role, scope)}

    def revoke(self, actor: str, role: str, account: str | None) -> None:
        """Take a role away from an actor.

        Raises:
            RefusalError: The actor does not have the role, or is the last registrar.
        """
        grant = (actor, role, account or "")
        registrars = {name for name, held, _ in self.grants or () if held == "registrar"}
        if self.grants is None or grant not in self.grants or (role == "registrar" and registrars == {actor}):
            raise RefusalError("RefusedError")
        self.grants = self.grants - {grant}

    def approve(self, quantified: Quantified, by: str) -> list[int]:
        """Approve a quantification and return the number of each approval.

        Raises:
            RefusalError: The quantification is out of date, or the actor has approved it already.
        """
        what = quantified[:4]
        if self.quantify(*what) != quantified:
            raise RefusalError("RefusedError")
        standing = [item[1:] for item in self.approvals.values() if item.status == STANDING]
        start, end = quantified.start, quantified.end
        closed = [self.closed_devices(quantified.project, device, start, end) for device in quantified.devices]
        new = [
            Approved(0, by, *what, device, closed=intervals)
            for device, intervals in zip(quantified.devices, closed, strict=True)
        ]
        if any(item[1:] in standing for item in new):
            raise RefusalError("RefusedError")
        numbered = [item._replace(number=self.next_number()) for item in new]
        self.approvals |= {item.number: item for item in numbered}
        return [item.number for item in numbered]

    def revoke_approval(self, approval: int) -> None:
        """Revoke an approval that was not used.

        Raises:
            RefusalError: There is no such approval, or it was used or revoked.
        """
        if approval not in self.approvals:
            raise RefusalError("UnknownThingError")
        if self.approvals[approval].status in ("used", "revoked"):
            raise RefusalError("RefusedError")
        self.approvals[approval] = self.approvals[approval]._replace(status="revoked")
