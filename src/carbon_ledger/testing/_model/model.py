"""The naive model: every command of a ledger, with idempotency keys and authority."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from carbon_ledger.testing._model.authority import Authority
from carbon_ledger.testing._model.rows import RefusalError

Result = TypeVar("Result")


class Model(Authority):
    """The commands of a ledger as loops over rows.

    Every command takes and returns plain values. A command that raises `RefusalError` changes nothing.
    """

    def once(self, by: str, key: str | None, content: object, command: Callable[[], Result]) -> object:
        """Run a command once for each key of an actor; a repetition returns the first result.

        Raises:
            RefusalError: The actor used the key for other content, or the command is refused.
        """
        if key is None:
            return command()
        if (by, key) in self.keys:
            first, result = self.keys[by, key]
            if first != content:
                raise RefusalError("IdempotencyError")
            return result
        result = command()
        self.keys[by, key] = (content, result)
        return result

    def by_whom(self, actor: str, name: str, accounts: Sequence[str] | None, command: Callable[[], Result]) -> Result:
        """Run a command on behalf of an actor.

        Args:
            actor: The actor.
            name: The command's name.
            accounts: For an account holder's command, the accounts whose holders may give it; None if unknown.
            command: The command.

        Raises:
            RefusalError: The actor has no authority, or the command is refused; the error lists every reason.
        """
        if self.may(actor, name, accounts):
            return command()
        before = self.snapshot()
        try:
            command()
        except RefusalError as refused:
            raise RefusalError("NotAuthorisedError", *refused.errors) from None
        finally:
            self.restore(before)
        raise RefusalError("NotAuthorisedError")

    def open_account(self, account: str, name: str = "Opened") -> None:
        """Open an account.

        Args:
            account: The account's id.
            name: Its name, by default the one that the machine gives.

        Raises:
            RefusalError: The account is open already.
        """
        if account in self.accounts:
            raise RefusalError("AlreadyRegisteredError")
        self.accounts = self.accounts | {account}
        self.account_names = {**self.account_names, account: ((0, name),)}
