"""The naive model as a whole: every command of a ledger, done once for each key, by whoever may."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from carbon_ledger.testing._model.authority import Authority
from carbon_ledger.testing._model.rows import RefusalError

Result = TypeVar("Result")


class Model(Authority):
    """The commands of a ledger as loops over rows.

    Every command takes and gives plain values and raises `RefusalError`, after which nothing has changed.
    """

    def once(self, by: str, key: str | None, content: object, command: Callable[[], Result]) -> object:
        """Run a command once for each key of an actor: the same content again gives the first result.

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
        """Run a command of an actor.

        Args:
            actor: The actor.
            name: The command's name.
            accounts: For an account holder's command: whose holder may; none where that cannot be told.
            command: The command.

        Raises:
            RefusalError: The actor may not, or the command is refused; named with all its reasons.
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

    def open_account(self, account: str) -> None:
        """Open an account.

        Raises:
            RefusalError: It is open already.
        """
        if account in self.accounts:
            raise RefusalError("AlreadyRegisteredError")
        self.accounts = self.accounts | {account}
