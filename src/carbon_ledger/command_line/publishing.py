"""Commands that publish the log, prove its entries, and verify what others published."""

import os
from typing import Any

import click

from carbon_ledger.command_line.arguments import MOST_PROOF_BYTES, checkpoint_of, entry_of, misused
from carbon_ledger.command_line.checking import show_report
from carbon_ledger.command_line.exits import NOT_TRUE
from carbon_ledger.command_line.options import HELP, json_option, reads
from carbon_ledger.command_line.sessions import Session
from carbon_ledger.command_line.showing import say, say_fields, say_verdict, talk
from carbon_ledger.files import read_file, require_new, write_new
from carbon_ledger.printing import named

_MOST_KEY_BYTES = 4_096
_MOST_DIGITS = 18  # of a number of entries


@click.group("key", context_settings=HELP)
def key_command() -> None:
    """Make a signing key, and show its public part."""


@key_command.command("new", context_settings=HELP)
@reads
@click.argument("path", metavar="FILE")
@click.option("--name", required=True, metavar="NAME", help="The log's name, such as example.com/log.")
def new_key(session: Session, path: str, name: str) -> None:
    """Write a new signing key to FILE, which only you can read, and print the verifier key for everybody."""
    from carbon_ledger.errors import StoreError
    from carbon_ledger.signing import generate_signer

    require_new(path, StoreError)
    signer = generate_signer(name)
    signer.save(path)
    session.answer(
        {"key": {"file": path, "verifier_key": str(signer.verifier_key)}}, lambda: say(str(signer.verifier_key))
    )


@key_command.command("show", context_settings=HELP)
@reads
@click.argument("path", metavar="FILE")
def show_key(session: Session, path: str) -> None:
    """Print the verifier key of the signing key in FILE."""
    from carbon_ledger.signing import Signer

    signer = Signer.from_file(path)
    session.answer(
        {"key": {"file": path, "verifier_key": str(signer.verifier_key)}}, lambda: say(str(signer.verifier_key))
    )


@click.command("publish", context_settings=HELP)
@reads
@click.argument("directory", metavar="DIR")
@click.option("--key", "signing_key", required=True, metavar="FILE", help="The file of the signing key.")
@click.option("--views", "has_views", is_flag=True, help="Also write JSON files for web pages, below DIR/views.")
@click.option("--public", "accounts", multiple=True, metavar="ACCOUNT", help="With --views: show this account.")
@click.option("--public-all", "is_all", is_flag=True, help="With --views: show every account.")
@click.option("--beneficiaries", is_flag=True, help="With --views: show who retired units, and for what.")
def publish_command(
    session: Session,
    directory: str,
    signing_key: str,
    has_views: bool,
    accounts: tuple[str, ...],
    is_all: bool,
    beneficiaries: bool,
) -> None:
    """Publish the log below DIR, as files for any web server: entries, tiles and a signed checkpoint."""
    from carbon_ledger.publishing.public_views import ALL, PublicViews
    from carbon_ledger.signing import Signer

    if (accounts or is_all or beneficiaries) and not has_views:
        misused("--public, --public-all and --beneficiaries say what the files of --views show; give --views as well")
    if accounts and is_all:
        misused("--public names some accounts, and --public-all shows every account; give one of them")
    views = PublicViews(accounts=ALL if is_all else accounts, beneficiaries=beneficiaries) if has_views else None
    signer = Signer.from_file(signing_key)
    with session.opened() as ledger:
        published = ledger.publish(directory, signer=signer, views=views)
    where, key = {"directory": directory}, {"verifier_key": str(signer.verifier_key)}
    shown = {**where, "origin": published.origin, "entries": published.size, "root": published.root.hex(), **key}
    session.answer({"published": {**where, **published.to_dict(), **key}}, lambda: say_fields(shown.items()))


@click.command("receipt", context_settings=HELP)
@reads
@click.argument("what", metavar="ENTRY|RETIREMENT|UNIT")
@click.option("--checkpoint", required=True, metavar="FILE|DIR", help="A published checkpoint, or its directory.")
@click.option("--out", required=True, metavar="PATH", help="Writes PATH.tlog-proof, and PATH.entry beside it.")
def receipt_command(session: Session, what: str, checkpoint: str, out: str) -> None:
    """Write a receipt that proves an entry, a retirement or a unit's issuance to anybody with the verifier key."""
    from carbon_ledger.errors import StoreError

    note = checkpoint_of(checkpoint)
    n = entry_of(what)
    with session.opened() as ledger:
        thing: Any = n if n is not None else ledger.retirement(what) if what.count("/") == 1 else what
        proof, entry = ledger.receipt(thing, checkpoint=note), ledger.entry_bytes(thing)
    files = {"receipt": f"{out}.tlog-proof", "entry": f"{out}.entry"}
    for name in files.values():  # both are written, or none
        require_new(name, StoreError)
    for name, data in zip(files.values(), (proof, entry), strict=True):
        write_new(name, data, StoreError)
    session.answer({"files": files}, lambda: say_fields(files.items()))


def since_of(text: str) -> bytes | int:
    """The bytes of a checkpoint that somebody stored, or a number of entries.

    Args:
        text: The checkpoint's file, or the directory of the published log; or the number.

    Raises:
        StoreError: The file cannot be read.
        click.UsageError: There is no such file, or it is no checkpoint.
    """
    if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS:
        return int(text)
    if not os.path.exists(text):
        misused(f"--since {named(text)}: no such file; expected the file of a checkpoint, or a number of entries")
    return checkpoint_of(text)


@click.command("verify", context_settings=HELP)
@click.argument("path", metavar="DIR|RECEIPT")
@click.argument("entry", metavar="[ENTRY]", required=False)
@click.option("--key", "keys", multiple=True, required=True, metavar="KEY|FILE", help="The log's verifier key.")
@click.option("--since", metavar="CHECKPOINT", help="Of a log: a checkpoint that you stored earlier.")
@json_option
def verify_command(path: str, entry: str | None, keys: tuple[str, ...], since: str | None, as_json: bool) -> int:
    """Verify a published log in DIR; or a RECEIPT with the file of its ENTRY. It needs no ledger.

    The exit status is 1 if it is not true.
    """
    session = Session(None, as_json=as_json)
    trusted = [key_of(text) for text in keys]
    if entry is None and os.path.isdir(path):
        return _verify_log(session, path, trusted, since)
    if entry is None:
        misused(f"{path} is no directory of a published log; to verify a receipt, give the file of its entry as well")
    if since is not None:
        misused("--since is for a published log, and a receipt is verified here")
    return _verify_receipt(session, path, entry, trusted)


def key_of(text: str) -> str:
    """A verifier key: the text itself, or what the file at that path contains.

    Args:
        text: The key, or a path.

    Raises:
        SigningKeyError: The file cannot be read.
    """
    from carbon_ledger.errors import SigningKeyError

    if not os.path.isfile(text):
        return text
    return read_file(text, SigningKeyError, most=_MOST_KEY_BYTES).decode("utf-8", "replace").strip()


def _verify_log(session: Session, directory: str, trusted: list[str], since: str | None) -> int:
    from carbon_ledger.opening.published import audit_published

    earlier = None if since is None else checkpoint_of(since)
    report = audit_published(directory, trusted_keys=trusted, since=earlier)
    if since is None and not session.as_json:
        talk("without --since, a log that was rewritten as a whole and signed again is not noticed")
    return show_report(session, report)


def _verify_receipt(session: Session, path: str, entry: str, trusted: list[str]) -> int:
    from carbon_ledger.errors import IntegrityError, StoreError
    from carbon_ledger.publishing.receipts import verify_receipt

    proof, data = (read_file(name, StoreError, most=MOST_PROOF_BYTES) for name in (path, entry))
    try:
        found = verify_receipt(proof, data, trusted)
    except IntegrityError as error:
        reason = str(error)
        session.answer(
            {"receipt": {"valid": False, "reason": reason}}, lambda: say_verdict(f"NOT valid: {reason}", is_good=False)
        )
        return NOT_TRUE
    shown = {
        "receipt": "valid",
        "entry": found.entry.n,
        "type": found.entry.type,
        "recorded": found.entry.at,
        "by": found.entry.by,
        "origin": found.checkpoint.origin,
        "entries": found.checkpoint.size,
        "root": found.checkpoint.root.hex(),
    }
    session.answer({"receipt": {"valid": True, **found.to_dict()}}, lambda: say_fields(shown.items()))
    return 0
