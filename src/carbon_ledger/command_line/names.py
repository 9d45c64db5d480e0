"""The names of the commands, each with its module and one line of help.

`carbon-ledger --help` is written from these names alone: it loads neither click nor any other module of this library,
so that it is there at once.
"""

PROGRAM = "carbon-ledger"
FILE_VARIABLE = "CARBON_LEDGER"
BY_VARIABLE = "CARBON_LEDGER_BY"
COMPLETE_VARIABLE = "_CARBON_LEDGER_COMPLETE"

# For each heading of the help, its commands: the name, the module in this package, and the line of help.
COMMANDS = (
    (
        "Set up",
        (
            ("init", "ledgers", "Create a ledger: a file, or in a database."),
            ("postgres", "serving", "Prepare a PostgreSQL database, and show its state."),
            ("apply", "applying", "Register what a TOML file describes."),
            ("account", "registration", "Open, amend, show and list accounts."),
            ("device", "registration", "Register, amend, show and list devices."),
            ("meter", "registration", "Register, show and list shared meters."),
            ("project", "registration", "Register, show and list projects."),
            ("factor", "factors", "Adopt, show and list a ledger's emission factors."),
            ("factors", "factors", "Find emission factors among those that are bundled."),
            ("methodology", "registration", "Adopt a methodology, or attest its text."),
            ("role", "roles", "Grant, revoke and list roles."),
        ),
    ),
    (
        "Record",
        (
            ("import", "importing", "Read meter files, totals and registry exports."),
            ("correct", "correcting", "Correct the metered energy of a period."),
            ("quantify", "issuing", "Compute what could be issued, and record nothing."),
            ("issue", "issuing", "Issue units for a project and a period."),
            ("void", "issuing", "Void a whole issuance."),
            ("verification", "verifying", "Record and list verifiers' statements."),
        ),
    ),
    (
        "Move units",
        (
            ("transfer", "moving", "Transfer units to another account."),
            ("retire", "moving", "Retire units for a beneficiary: a claim, for ever."),
            ("cancel", "moving", "Cancel units without a claim, for ever."),
            ("withdraw", "moving", "Withdraw units, as their issuer."),
            ("hold", "holding", "Lock units, and release them."),
            ("offer", "holding", "Offer units, and accept, reject or revoke an offer."),
        ),
    ),
    (
        "Look",
        (
            ("balance", "looking", "Count an account's units by state."),
            ("positions", "looking", "List the blocks that accounts hold."),
            ("statement", "looking", "List what changed an account's units."),
            ("trace", "looking", "Follow a unit from its readings to its holder."),
            ("reconcile", "looking", "Compare energy generated with units issued."),
            ("log", "ledgers", "List the newest entries."),
            ("show", "ledgers", "Show an entry, a retirement or a unit."),
            ("query", "querying", "Put a question in SQL to the ledger."),
        ),
    ),
    (
        "Check and publish",
        (
            ("audit", "checking", "Check every entry, rule and sum of the ledger."),
            ("columns-audit", "checking", "Check a large ledger by columns: faster, and less."),
            ("review", "workpapers", "Ask what an auditor would ask about."),
            ("workpaper", "workpapers", "Write an Excel workbook of a review."),
            ("changes", "reviewing", "Show what has changed since a checkpoint."),
            ("compare-claims", "reviewing", "Find energy that two ledgers claim."),
            ("verify-evidence", "reviewing", "Compare a folder of documents with the evidence."),
            ("doctor", "doctoring", "Explain an entry, a refusal, or what is missing."),
            ("key", "publishing", "Make a signing key, and show its public part."),
            ("publish", "publishing", "Publish the log as signed files."),
            ("receipt", "publishing", "Write a receipt that proves an entry."),
            ("verify", "publishing", "Verify a receipt, or a published log."),
        ),
    ),
    (
        "Files",
        (
            ("export", "exporting", "Write entries, positions, units or columns to files."),
            ("report", "exporting", "Write a report for an auditor or a board."),
            ("certificate", "exporting", "Write the certificate of a retirement."),
            ("backup", "ledgers", "Write a checked copy of the ledger."),
            ("copy", "ledgers", "Copy the ledger to another file or database."),
            ("completion", "completing", "Print the completion script of a shell."),
        ),
    ),
)

_HEAD = f"""\
Usage: {PROGRAM} [OPTIONS] COMMAND [ARGS]...

  A ledger of clean-energy certificates and carbon credits.

  Data go to stdout, remarks to stderr. Exit status: 0 done; 1 checked, and not
  true; 2 usage; 3 refused by a rule; 4 the file; 5 not found; 130 interrupted.

Options:
  -f, --file FILE  The ledger's file or URL; by default, {FILE_VARIABLE}.
  --json           Write one JSON object to stdout.
  --version        Show the version, and exit.
  -h, --help       Show this help, and exit. Commands have help, too.
"""


def module_of(command: str) -> str | None:
    """The module of a command, or None if there is no such command.

    Args:
        command: The command's name.
    """
    return next((module for _, items in COMMANDS for name, module, _ in items if name == command), None)


def command_names() -> list[str]:
    """The names of all commands, in the order of the help."""
    return [name for _, items in COMMANDS for name, _, _ in items]


def help_text() -> str:
    """What `carbon-ledger --help` prints."""
    width = max(map(len, command_names()))
    lines = [_HEAD.rstrip()]
    for heading, items in COMMANDS:
        lines += ["", f"{heading}:", *(f"  {name:<{width}}  {line}" for name, _, line in items)]
    return "\n".join(lines) + "\n"
