"""Pages of a ledger: its report, and the certificate of a retirement. What makes a page is loaded when it is written.

Every program that opens a ledger would otherwise load it, which takes about as long as opening the ledger.
"""

import os
from collections.abc import Iterable

from carbon_ledger.audit.report import AuditReport
from carbon_ledger.publishing.publish import Published
from carbon_ledger.queries.snapshot import Snapshot


def report(
    reader: Snapshot,
    path: str | os.PathLike[str],
    *,
    projects: Iterable[str] | None = None,
    accounts: Iterable[str] | None = None,
    title: str | None = None,
    prepared_by: str | None = None,
    checkpoint: bytes | Published | None = None,
    audit_report: AuditReport | None = None,
) -> str:
    """Write a report of the ledger as one page of HTML, which a browser shows and verifies without a network.

    The page contains the entries of the ledger, and hashes them again when it is opened. A page of more than 100,000
    entries or 64 MiB, and a page of some projects or accounts, contains the entries that it cites, each with a
    receipt, if *checkpoint* is given. The same state and the same arguments give the same bytes.

    Args:
        path: The new file.
        projects: The projects that the page is about; by default, all projects, and imported units.
        accounts: The accounts whose holdings, retirements and withdrawals the page lists; by default, all accounts.
        title: The title of the page.
        prepared_by: Who prepares the page; by default, the page states that this is not stated.
        checkpoint: A signed checkpoint of this ledger, from `publish` or from the published file.
        audit_report: What `audit` returned for this state. By default, a page of the newest state runs the audit, and a
            page of an earlier state has none.

    Returns:
        The digest of the file, as `digest_file` returns it.

    Raises:
        StoreError: The file exists or cannot be written; or *checkpoint* is of a later state.
        UnknownThingError: There is no such project or account.
        QuantityError: *audit_report* is of another state, or an argument is not what is listed here.
        ForkError: *checkpoint* is not of this ledger.
        FormatError: *checkpoint* is not a signed checkpoint.
        BrokenLogError: The ledger is damaged, so that no page can be written; audit the ledger.
    """
    from carbon_ledger.queries.ledger_page.report import write_report

    return write_report(
        reader,
        path,
        projects=projects,
        accounts=accounts,
        title=title,
        prepared_by=prepared_by,
        checkpoint=checkpoint,
        audit_report=audit_report,
    )


def retirement_certificate(
    reader: Snapshot,
    number: int | str,
    path: str | os.PathLike[str],
    *,
    title: str | None = None,
    prepared_by: str | None = None,
    checkpoint: bytes | Published | None = None,
) -> str:
    """Write the certificate of a retirement as one page of HTML, for the beneficiary.

    The page shows the claim, the units with their serials, projects and plants. With *checkpoint* it has a receipt for
    each entry that it cites, which a browser verifies without a network.

    Args:
        number: The number of the retirement, such as ``hydro/57``, or the number of its entry.
        path: The new file.
        title: The title of the page.
        prepared_by: Who prepares the page; by default, the page states that this is not stated.
        checkpoint: A signed checkpoint of this ledger, from `publish` or from the published file.

    Returns:
        The digest of the file, as `digest_file` returns it.

    Raises:
        RefusedError: There is no such retirement in this ledger.
        StoreError: The file exists or cannot be written; the retirement is newer than *checkpoint*; or *checkpoint* is
            newer than the state.
        QuantityError: *title* or *prepared_by* is not a line of text.
        ForkError: *checkpoint* is not of this ledger.
        FormatError: *checkpoint* is not a signed checkpoint.
        BrokenLogError: The ledger is damaged; audit the ledger.
    """
    from carbon_ledger.queries.ledger_page.certificate import write_certificate

    return write_certificate(reader, number, path, title=title, prepared_by=prepared_by, checkpoint=checkpoint)
