"""Amendments, described documents and relations of accounts in the naive model."""

from carbon_ledger.testing._model.rows import RefusalError
from carbon_ledger.testing._model.units import UnitCommands


class AmendmentCommands(UnitCommands):
    """The commands that amend what was registered, and that say what documents and accounts are."""

    def amend_device(self, device: str, since: int, capacity: int | None, closed: bool | None) -> None:
        """Amend a device's capacity, or decommission it, from a second on.

        Raises:
            RefusalError: There is no such device, nothing changes, an earlier amendment is from a later second, or a
                reading contradicts the amendment.
        """
        if device not in self.plants:
            raise RefusalError("UnknownDeviceError")
        errors: set[str] = set()
        if capacity is None and closed is None:
            errors.add("RefusedError")
        if closed and since <= (self.plants[device].first_utc or since):
            errors.add("QuantityError")
        capacities, closures = self.capacities.get(device, ()), self.closures.get(device, ())
        before = self.snapshot()
        if capacity is not None:
            if self.capacity_at(device, since) == capacity or any(since < earlier for earlier, _ in capacities):
                errors.add("RefusedError")
            self.capacities = {**self.capacities, device: (*capacities, (since, capacity))}
        if closed is not None:
            if self.closed_at(device, since) == closed or any(since < earlier for earlier, _ in closures):
                errors.add("RefusedError")
            self.closures = {**self.closures, device: (*closures, (since, closed))}
        limits = [self.bounding_watt_seconds(device, step.start, step.end) for step in self.steps[device]]
        closing = [step for step in self.steps[device] if self.closed_in(device, step.start, step.end)]
        amended = self.snapshot()
        self.restore(before)
        for step, (least, most) in zip(self.steps[device], limits, strict=True):
            lowest, highest = self.bounding_watt_seconds(device, step.start, step.end)
            if most < step.wh * 3600 <= highest or lowest <= step.wh * 3600 < least:
                errors.add("RefusedError")
        errors |= {"RefusedError"} if closing else set()
        if errors:
            raise RefusalError(*errors)
        self.restore(amended)

    def amend_account(self, account: str, since: int, name: str) -> None:
        """Give an account another name from a second on.

        Raises:
            RefusalError: There is no such account, it has the name, or an earlier amendment is from a later second.
        """
        if account not in self.accounts:
            raise RefusalError("UnknownAccountError")
        names = self.account_names.get(account, ())
        if any(since < earlier for earlier, _ in names) or (names[-1][1] if names else account) == name:
            raise RefusalError("RefusedError")
        self.account_names = {**self.account_names, account: (*names, (since, name))}

    def describe_document(self, document: str, title: str) -> int:
        """Describe a document, and return how often it has been described.

        Raises:
            RefusalError: It has this title already.
        """
        titles = self.documents.get(document, ())
        if titles[-1:] == (title,):
            raise RefusalError("RefusedError")
        self.documents = {**self.documents, document: (*titles, title)}
        return len(titles) + 1

    def declare_relation(self, account: str, other: str, relation: str) -> None:
        """Declare a relation of two accounts.

        Raises:
            RefusalError: An account is not open, the accounts are one, or the relation is declared.
        """
        errors = {"UnknownAccountError" for name in (account, other) if name not in self.accounts}
        if account == other:
            errors.add("RefusedError")
        if (account, other, relation) in self.relations:
            errors.add("AlreadyRegisteredError")
        if errors:
            raise RefusalError(*errors)
        self.relations = self.relations | {(account, other, relation)}

    def end_relation(self, account: str, other: str, relation: str) -> None:
        """End a relation of two accounts.

        Raises:
            RefusalError: An account is not open, or the relation is not declared.
        """
        if account not in self.accounts or other not in self.accounts:
            raise RefusalError("UnknownAccountError")
        if (account, other, relation) not in self.relations:
            raise RefusalError("UnknownThingError")
        self.relations = self.relations - {(account, other, relation)}
