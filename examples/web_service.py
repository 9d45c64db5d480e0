"""A web service over one ledger file, for any number of threads and processes.

Run it with the packages fastapi and uvicorn::

    CARBON_LEDGER=hydro.db uvicorn --app-dir examples web_service:app --workers 4

Each request opens the ledger and closes it again, which takes less than a millisecond. A ledger that is opened once
and shared by all threads of a process works as well. What must not be done is to open a batch in a dependency: the
framework runs dependency and endpoint in different threads, and a batch belongs to the thread that opened it.
"""

import os
from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, FastAPI, Header, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

import carbon_ledger as cl
from carbon_ledger.errors import CarbonLedgerError, RefusedError, StoreError, StoreLockedError

app = FastAPI(title="A ledger of clean energy")


def opened() -> Iterator[cl.Ledger]:
    """The ledger, for one request."""
    with cl.open_ledger(os.environ["CARBON_LEDGER"], timeout_s=30) as ledger:
        yield ledger


Opened = Annotated[cl.Ledger, Depends(opened)]
Key = Annotated[str, Header(alias="Idempotency-Key")]


class Account(BaseModel):
    """An account that is to be opened."""

    account: str
    name: str


class Sale(BaseModel):
    """A sale: units of a batch go to a buyer, who is opened an account if there is none."""

    batch: str
    count: int
    buyer: str
    buyer_name: str


@app.post("/accounts", status_code=201)
def open_account(account: Account, ledger: Opened, key: Key) -> dict[str, str]:
    """Open an account; the same request, sent again with the same key, is done once."""
    return {"account": ledger.open_account(account.account, name=account.name, key=key)}


@app.post("/sales", status_code=201)
def sell(sale: Sale, ledger: Opened, key: Key) -> dict[str, list[str]]:
    """Sell units: both commands, or none of them."""
    with ledger.batch():
        if sale.buyer not in ledger.accounts():
            ledger.open_account(sale.buyer, name=sale.buyer_name, key=f"{key}/account")
        found = next(batch for batch in ledger.batches(sale.batch.split("/")[0]) if batch.batch_id == sale.batch)
        sold = ledger.transfer(found.take(sale.count), to=sale.buyer, key=key)
    return {"sold": [str(sold)]}


@app.get("/accounts/{account}")
def balances(account: str, ledger: Opened) -> dict[str, int]:
    """How many units of each instrument an account holds."""
    return {held: ledger.balance(account, instrument=held).active for held in instruments(ledger, account)}


def instruments(ledger: cl.Ledger, account: str) -> list[str]:
    """The instruments of which an account has units."""
    projects = {str(block).split("/")[0] for block in ledger.holdings(account)}
    return sorted({ledger.project(project).instrument.id for project in projects})


@app.exception_handler(CarbonLedgerError)
def explain(request: Request, error: CarbonLedgerError) -> JSONResponse:
    """Answer an error of the ledger: its message says what was given, what was expected, and what to do."""
    del request
    if isinstance(error, StoreLockedError):
        return JSONResponse({"error": str(error)}, 503, headers={"Retry-After": "1"})
    if isinstance(error, StoreError):
        return JSONResponse({"error": str(error)}, 500)
    if isinstance(error, RefusedError):
        return JSONResponse({"error": error.detail, "rule": error.rule, "subject": error.subject}, 409)
    return JSONResponse({"error": str(error)}, 422)
