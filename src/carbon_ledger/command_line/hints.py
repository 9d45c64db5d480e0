"""Messages of the library name Python's functions; whoever uses the shell reads the commands in their place."""

import re
from typing import Final

# What a message says to do in Python, and the same in the shell. Text that is not listed stays as it is.
_SHELL: Final = tuple(
    (re.compile(pattern), text)
    for pattern, text in (
        (r"pass Waiver\('([\w-]+)', reason\)", r"give --waive \1='the reason'"),
        (r"adopt_methodology\(methodology, text=, note=\)", "methodology add KEY --text FILE --note TEXT"),
        (r"open_account\(\)", "account add"),
        (r"register_device\(\)", "device add"),
        (r"register_meter\(\)", "meter add"),
        (r"register_project\(\)", "project add"),
        (r"adopt_factor\(\)", "factor add"),
        (r"state_verification\(\)", "verification state"),
        (r"verifications\('([^']*)'\)", r"verification list \1"),
        (r", as root\(\) returns them, or the 32 bytes of a checkpoint's root", ", as audit prints them"),
        (r"holdings\('([^']*)', state='([a-z]+)'\)", r"positions \1 --state \2"),
        (r"(?:holdings|positions)\('([^']*)'\)", r"positions \1"),
        (r"(?:holdings|positions|expired)\(account\)", "positions ACCOUNT"),
        (r"batches\(project\)", "positions --project PROJECT"),
        (r"offers\(account\)", "offer list ACCOUNT"),
        (r"retirements\(account\)", "statement ACCOUNT"),
        (r"already='correct' and a reason", "--already correct and --reason"),
        (r"already='correct'", "--already correct"),
        (
            r"expected from_=, the account that holds the units; pass from_=",
            "expected its account; give --from ACCOUNT",
        ),
        (r"pass reason= with", "give --reason, in words:"),
        (r"compare quantify\(\) and carry\(\)", "compare quantify PROJECT PERIOD and reconcile PROJECT PERIOD"),
        (r"Create a factor with EmissionFactor\(\.\.\.\), with its source", "Adopt a factor of your own by factor add"),
        (r"\bexpect=", "--expect"),
        (r"pass the key as trusted_keys=", "give the key as --key"),
        (r"compare_claims\(least_digits=([^)]*)\)", r"--least-digits \1"),
        (r"net None: give the net energy, or both", "no energy is given: give --net, or --export and --import:"),
        (r"expected a Block, a Batch, or text such as", "expected a block such as"),
        (r"or a MeterLayout\b", "or the path of a TOML file"),
        (r"read it by ledger\.meter_layout\(file\.sha256\)", "read it by the layout that was given then"),
        (
            r"; or, for an instrument of your own, even one in use already, the Instrument itself",
            "; an instrument of your own is registered in Python",
        ),
        (r"is not a valid integer(?: range)?\.", "is not a whole number."),
        (r"pass the zone, e\.g\. zone=\"([\w/+-]+)\"", r"give --zone \1"),
    )
)


def in_shell(message: str) -> str:
    """A message in which the functions that it names are the commands of the shell.

    Args:
        message: A message of this library.

    Example:
        >>> in_shell("account byer: not open; open it with open_account() first [unknown-account]")
        'account byer: not open; open it with account add first [unknown-account]'
    """
    for pattern, text in _SHELL:
        message = pattern.sub(text, message)
    return message
