"""A web service over one ledger file, for any number of threads and processes.

Run it with the packages fastapi and uvicorn::

    CARBON_LEDGER=hydro.db uvicorn --app-dir examples web_service:app --workers 4

The ledger must be there already. Each request opens it and closes it again, which takes about a millisecond. A ledger
that is opened once, and shared by all threads of a process, works as well. The endpoints are plain functions, so that
the framework runs them in threads: in an ``async def`` endpoint a command that waits would stop every other request.
"""

import os
from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, FastAPI, Header, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

import carbon_ledger as cl
from carbon_ledger import errors

app = FastAPI(title="A ledger of clean energy")


def opened() -> Iterator[cl.Ledger]:
    """The ledger, for one request; a path at which there is none is an error, and begins no new ledger."""
    path = os.environ["CARBON_LEDGER"]
    if not os.path.exists(path):
        raise errors.NotALedgerError(f"{path}: no such file; the service begins no ledger of its own")
    with cl.open_ledger(path, timeout_s=30) as ledger:
        yield ledger


Opened = Annotated[cl.Ledger, Depends(opened)]
# Whoever calls, as your own authentication says it. A key belongs to its actor, so that clients share none.
Actor = Annotated[str, Header(alias="X-Actor")]
Key = Annotated[str, Header(alias="Idempotency-Key")]


class Account(BaseModel):
    """An account that is to be opened."""

    account: str
    name: str


class Sale(BaseModel):
    """Units of a seller that go to a buyer, who is opened an account if there is none."""

    seller: str
    instrument: str
    count: int
    buyer: str
    buyer_name: str


@app.post("/accounts", status_code=201)
def open_account(account: Account, ledger: Opened, actor: Actor, key: Key) -> dict[str, str]:
    """Open an account; the same request, sent again with the same key, is done once."""
    return {"account": ledger.open_account(account.account, name=account.name, key=key, by=actor)}


@app.post("/sales", status_code=201)
def sell(sale: Sale, ledger: Opened, actor: Actor, key: Key) -> dict[str, list[str]]:
    """Sell units: both commands are recorded, or none of them."""
    with ledger.batch():
        if sale.buyer not in ledger.accounts():
            ledger.open_account(sale.buyer, name=sale.buyer_name, by=actor)
        units = cl.Selection(sale.count, instrument=sale.instrument)
        sold = ledger.transfer(units, from_=sale.seller, to=sale.buyer, key=key, by=actor)
    return {"sold": [str(block) for block in sold]}


@app.get("/accounts/{account}/{instrument}")
def balance(account: str, instrument: str, ledger: Opened) -> dict[str, int]:
    """How many units of an instrument an account can use."""
    return {"active": ledger.balance(account, instrument=instrument).active}


STATUSES: list[tuple[type[cl.CarbonLedgerError], int]] = [
    (errors.UnknownThingError, 404),
    (errors.NotAuthorisedError, 403),
    (errors.MissingExtraError, 500),  # an operator has to install it
    (errors.RefusedError, 409),
    (errors.StoreLockedError, 503),  # somebody else is writing: the client repeats the request
    (errors.StoreError, 500),  # an operator has to look
    (errors.IntegrityError, 500),
]
OPERATORS = ("clock-jump", "zone-differs", "zone-release")  # rules for an operator: the clock, or tzdata


@app.exception_handler(cl.CarbonLedgerError)
def explain(request: Request, error: cl.CarbonLedgerError) -> JSONResponse:
    """Answer an error of the ledger: its message says what was given, what was expected, and what to do."""
    del request
    rule = getattr(error, "rule", None)
    status = next((status for kind, status in STATUSES if isinstance(error, kind)), 422)
    if rule in OPERATORS:
        status = 500
    headers = {"Retry-After": "1"} if status == 503 else {}
    return JSONResponse({"error": str(error), "rule": rule}, status, headers=headers)
