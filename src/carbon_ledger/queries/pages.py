"""The certificate of a retirement as a page. What makes a page is loaded when it is written.

Every program that opens a ledger would otherwise load it, which takes about as long as opening the ledger.
"""

import os

from carbon_ledger.publishing.publish import Published
from carbon_ledger.queries.snapshot import Snapshot


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
