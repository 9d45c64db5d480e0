"""A registry's web service over one ledger: writes with idempotency keys, for any number of threads and processes.

Run it with the packages fastapi and uvicorn::

    CARBON_LEDGER=hydro.db CARBON_LEDGER_TOKENS=tokens.json \
        uvicorn --app-dir examples --factory registry_api:from_environment --workers 4

`CARBON_LEDGER` is the ledger's address, as `open_ledger` takes it; the ledger must be there already. `tokens.json`
names the actor of each token by the token's SHA-256, so that the file has no token: `{"<64 hex digits>": "shop"}`.

A write needs the header `Idempotency-Key`. Whoever gets no answer, or 503, sends the same request with the same key
again: it takes effect once, and the answer is the first one. Errors are problems by RFC 9457. The endpoints are plain
functions, which the framework runs in threads: in an `async def` endpoint, a command that waits would stop every other
request. What everybody may see is published as static files (`publish(views=)`), and needs no service.
"""

import hashlib
import json
import logging
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, NoReturn, TypeVar

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from starlette.exceptions import HTTPException

import carbon_ledger as cl
from carbon_ledger import errors

MOST_BODY_BYTES = 256 * 1024
MOST_DETAIL = 2_000  # characters of what a problem says
TIMEOUT_S = 30  # for the commands of others
PROBLEMS = "tag:registry.example.com,2026:"  # before the rule's name: put a name of your own here
OPERATORS = ("clock-jump", "zone-differs", "zone-release")  # rules for an operator: the clock, or tzdata
SEES_ALL = ("registrar", "issuer", "verifier", "auditor")
log = logging.getLogger("registry_api")
router = APIRouter()
Model = TypeVar("Model", bound=BaseModel)


class ProblemError(Exception):
    """A request that is answered with a problem of RFC 9457."""

    def __init__(self, status: int, rule: str, detail: str, **headers: str) -> None:
        super().__init__(detail)
        self.status, self.rule, self.detail = status, rule, detail
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


# --- Errors of the ledger. The first class that fits gives the status, the rule, and the detail if not the error's own.
_NOTHING = "Nothing was recorded; send the same request with the same key again"
_UNKNOWN = (
    "Whether this was recorded is not known; send the same request with the same key again, and the answer says so"
)
_OPERATOR = "The registry's operator has to look at this; the same request with the same key can be sent again later"
ANSWERS: list[tuple[type[cl.CarbonLedgerError], int, str, str | None]] = [
    (errors.UnknownThingError, 404, "", None),
    (errors.NotAuthorisedError, 403, "", None),
    (errors.IdempotencyError, 422, "", None),
    (errors.RefusedError, 409, "", None),
    (errors.MissingExtraError, 500, "internal", _OPERATOR),
    (errors.StoreLockedError, 503, "store-locked", f"Others are writing. {_NOTHING}"),
    (errors.EntryTooLargeError, 422, "too-large", None),
    (errors.StoreConnectionError, 503, "store-away", f"The registry's server did not answer. {_NOTHING}"),
    (errors.StoreFullError, 503, "store-full", f"The registry has no room. {_NOTHING}"),
    (errors.NotALedgerError, 500, "internal", _OPERATOR),
    (errors.StoreReadOnlyError, 500, "internal", _OPERATOR),
    # Any other error of a store can come while a command is committed: of a disk, or of a lost connection.
    (errors.StoreError, 503, "outcome-unknown", _UNKNOWN),
    (errors.IntegrityError, 500, "internal", _OPERATOR),
    (cl.CarbonLedgerError, 422, "invalid", None),
]


def problem_of(error: cl.CarbonLedgerError) -> ProblemError:
    """The answer to an error of the ledger. What a client cannot mend is logged, and its text stays inside."""
    rule = getattr(error, "rule", None)
    status, name, detail = next(found for kind, *found in ANSWERS if isinstance(error, kind))
    if rule in OPERATORS:
        status, rule, detail = 500, "internal", _OPERATOR
    if status >= 500:
        log.error("%s: %s", type(error).__name__, error)
    return ProblemError(status, rule or name, detail or str(error), **({"Retry_After": "1"} if status == 503 else {}))


def answer(request: Request, problem: ProblemError) -> Response:
    """The answer of a problem: which request it is about, and the key with which it can be sent again."""
    key = request.headers.get("Idempotency-Key")
    content: dict[str, Any] = {
        "type": f"{PROBLEMS}{problem.rule}",
        "title": problem.rule.replace("-", " ").capitalize(),
        "status": problem.status,
        "detail": problem.detail[:MOST_DETAIL],
        "rule": problem.rule,
    }
    if key is not None and problem.status == 503:
        content["key"] = key
    # In ASCII, since a client can send a character that UTF-8 cannot encode.
    return Response(json.dumps(content), problem.status, problem.headers, media_type="application/problem+json")


# --- The body: JSON without floats, in which no field is given twice or is unknown.
def _refuse(text: str) -> NoReturn:
    raise ValueError(f"number {text[:40]}: expected a whole number, or an amount as text")


def _whole(text: str) -> int:
    return int(text) if len(text) <= 19 else _refuse(text)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("an object has a field twice")
    return dict(pairs)


def exact_json(data: bytes) -> object:
    """The value of a JSON text whose numbers are whole: a float could differ from what the client wrote."""
    try:
        return json.loads(
            data.decode(), parse_float=_refuse, parse_constant=_refuse, parse_int=_whole, object_pairs_hook=_unique
        )
    except RecursionError:
        raise ProblemError(400, "json", "The body is nested too deeply") from None
    except ValueError as error:
        raise ProblemError(400, "json", f"The body is not exact JSON: {error}") from None


async def body_bytes(request: Request) -> bytes:
    """The body of a request, which is read no further than it may be long."""
    if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != "application/json":
        raise ProblemError(415, "content-type", "Expected a body of application/json")
    data = b""
    async for piece in request.stream():
        data += piece
        if len(data) > MOST_BODY_BYTES:
            raise ProblemError(413, "body-too-large", f"Expected a body of at most {MOST_BODY_BYTES:,} octets")
    return data


# --- Who calls. The actor is that of the token, and no field of a body can name another one.
@dataclass(frozen=True)
class Call:
    """A request of an actor."""

    address: str
    pin: cl.Backup
    actor: str
    key: str = ""

    def ledger(self) -> cl.Ledger:
        """Open the ledger for this request, which takes about a millisecond.

        The pin is the ledger's first entry: at an address where there is another ledger by now, or none, nothing is
        opened, and nothing is begun.
        """
        return cl.open_ledger(self.address, timeout_s=TIMEOUT_S, pinned=self.pin)


def pin_of(address: str) -> cl.Backup:
    """The first entry of the ledger at an address, where there has to be one.

    A file is opened for writing, because a reader cannot undo what a killed writer left half done.
    """
    is_file = "://" not in address
    if is_file and not os.path.exists(address):
        raise errors.NotALedgerError(f"{address}: no such file; the service begins no ledger of its own")
    with cl.open_ledger(address, read_only=not is_file, timeout_s=TIMEOUT_S) as ledger:
        return cl.Backup(path="", size=1, root=ledger.as_of(entry=0).root())


async def reading(request: Request) -> Call:
    """Whoever calls, by the token."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    digest = hashlib.sha256(token.strip().encode("utf-8", "surrogateescape")).hexdigest()
    actor = request.app.state.actors.get(digest) if scheme.lower() == "bearer" else None
    if actor is None:
        raise ProblemError(
            401, "no-token", "Expected a valid token: Authorization: Bearer ...", WWW_Authenticate="Bearer"
        )
    return Call(request.app.state.address, request.app.state.pin, actor)


async def writing(request: Request, call: Annotated[Call, Depends(reading)]) -> Call:
    """Whoever calls, with the key of the command."""
    keys = request.headers.getlist("Idempotency-Key")
    if len(keys) != 1 or re.fullmatch(r"[!-~]{1,200}", keys[0]) is None:
        raise ProblemError(400, "no-key", "Expected one header Idempotency-Key of 1 to 200 visible ASCII characters")
    return replace(call, key=keys[0])


Reading = Annotated[Call, Depends(reading)]
Writing = Annotated[Call, Depends(writing)]


def body(model: type[Model]) -> Any:
    """The body of a write, checked against a model; it is read after the token and the key."""

    async def read(request: Request, call: Writing) -> Model:
        del call
        value = exact_json(await body_bytes(request))
        try:
            return model.model_validate(value)
        except ValidationError as error:
            found = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'body'}: {e['msg']}" for e in error.errors()[:5])
            raise ProblemError(422, "body", found) from None

    return Depends(read)


def takes(model: type[BaseModel]) -> dict[str, Any]:
    """The arguments of a route that takes a model as its body."""
    content = {"application/json": {"schema": model.model_json_schema()}}
    return {"status_code": 201, "openapi_extra": {"requestBody": {"content": content, "required": True}}}


# --- What is asked for. Numbers are whole, or text of a whole number; amounts are text with a unit; times are text.
Whole = Annotated[
    int, BeforeValidator(lambda v: int(v) if isinstance(v, str) and re.fullmatch("-?[0-9]{1,18}", v) else v)
]
Text = Annotated[str, Field(max_length=1_000)]


class Strict(BaseModel):
    """A body whose fields have exactly the stated types."""

    model_config = ConfigDict(strict=True, extra="forbid")


class Account(Strict):
    """An account that is to be opened."""

    account: Text
    name: Text


class Span(Strict):
    """A period: days of a zone, or times with their offset."""

    start: Text
    end: Text
    zone: Text | None = None

    def period(self) -> cl.Period:
        """The period."""
        return cl.Period.of(self.start, self.end, zone=self.zone)


class Generation(Strict):
    """A device's total over a period: an amount such as "40.02 MWh"."""

    device: Text
    period: Span
    net: Text
    evidence: Text | None = None


class Issuance(Strict):
    """Units that are to be issued for a project's period; with `expect`, the number that has to come out."""

    project: Text
    period: Span
    to: Text
    factor: Text | None = None
    expect: Whole | None = None


class Selected(Strict):
    """A number of the seller's units, whichever blocks they are in."""

    count: Whole
    instrument: Text
    vintage: Whole | None = None
    project: Text | None = None


class Units(Strict):
    """Units of an account: blocks such as "hydro/2024/17/1-250", or a number of units."""

    from_: Annotated[Text, Field(alias="from")]
    units: Annotated[list[Text], Field(min_length=1, max_length=1_000)] | Selected
    reference: Text | None = None

    def named(self) -> dict[str, Any]:
        """The arguments of a command about these units."""
        units = self.units if isinstance(self.units, list) else cl.Selection(**self.units.model_dump())
        return {"block": units, "from_": self.from_, "reference": self.reference}


class Transfer(Units):
    """Units that are to be transferred."""

    to: Text


class Retirement(Units):
    """Units that are to be retired for ever, with a claim."""

    beneficiary: Text
    purpose: Text
    period: Span


def exact(value: Any) -> Any:
    """A value in which whole numbers that a float cannot hold are text."""
    if isinstance(value, dict):
        return {name: exact(item) for name, item in value.items()}
    if isinstance(value, list):
        return [exact(item) for item in value]
    return str(value) if type(value) is int and abs(value) >= 2**53 else value


def shown(*records: cl.Record) -> list[Any]:
    """Records as JSON can write them."""
    return [exact(record.to_dict()) for record in records]


# --- Writes: each is one command of the ledger, with its key and its actor.
@router.post("/accounts", **takes(Account))
def open_account(call: Writing, asked: Annotated[Account, body(Account)]) -> dict[str, Any]:
    """Open an account."""
    with call.ledger() as ledger:
        return {"account": ledger.open_account(asked.account, name=asked.name, key=call.key, by=call.actor)}


@router.post("/generation", **takes(Generation))
def record(call: Writing, asked: Annotated[Generation, body(Generation)]) -> dict[str, Any]:
    """Record a device's total."""
    with call.ledger() as ledger:
        found = ledger.record_generation(
            asked.device, asked.period.period(), net=asked.net, evidence=asked.evidence, key=call.key, by=call.actor
        )
    return {"recorded": shown(found)}


@router.post("/issuances", **takes(Issuance))
def issue(call: Writing, asked: Annotated[Issuance, body(Issuance)]) -> dict[str, Any]:
    """Issue the units of a period."""
    given = {"to": asked.to, "factor": asked.factor, "expect": asked.expect}
    with call.ledger() as ledger:
        found = ledger.issue(asked.project, asked.period.period(), **given, key=call.key, by=call.actor)
        return {"batches": shown(*found)}


@router.post("/transfers", **takes(Transfer))
def transfer(call: Writing, asked: Annotated[Transfer, body(Transfer)]) -> dict[str, Any]:
    """Transfer units of the account that the request names; the ledger's roles say who may."""
    with call.ledger() as ledger:
        found = ledger.transfer(**asked.named(), to=asked.to, key=call.key, by=call.actor)
    return {"transferred": [str(block) for block in found]}


@router.post("/retirements", **takes(Retirement))
def retire(call: Writing, asked: Annotated[Retirement, body(Retirement)]) -> dict[str, Any]:
    """Retire units of the account that the request names."""
    claim = {"beneficiary": asked.beneficiary, "purpose": asked.purpose, "period": asked.period.period()}
    with call.ledger() as ledger:
        found = ledger.retire(**asked.named(), **claim, key=call.key, by=call.actor)
    return {"retirement": shown(found)[0]}


# --- Reads of what is not published.
def require_may_see(ledger: cl.Ledger, actor: str, account: str) -> None:
    """Refuse an actor that is neither a holder of the account nor of the registry's staff."""
    if ledger.policy == "roles" and not any(
        grant.role in SEES_ALL or (grant.role, grant.scope) == ("account-holder", account)
        for grant in ledger.roles(actor)
    ):
        raise ProblemError(403, "not-authorised", f"{actor} may not see account {account}")


@router.get("/accounts/{account}/balances/{instrument}")
def balance(call: Reading, account: str, instrument: str) -> dict[str, Any]:
    """The units of an instrument that an account has, by state."""
    with call.ledger() as ledger:
        require_may_see(ledger, call.actor, account)
        return {"balance": shown(ledger.balance(account, instrument=instrument))[0]}


@router.get("/retirements/{entry}")
def retirement(call: Reading, entry: int) -> dict[str, Any]:
    """A retirement, by the number of its entry."""
    with call.ledger() as ledger:
        found = ledger.retirement(entry)
        require_may_see(ledger, call.actor, found.account)
        return {"retirement": shown(found)[0]}


# --- The application.
def service(address: str, actors: Mapping[str, str]) -> FastAPI:
    """The service of a ledger.

    Args:
        address: The path or the URL of the ledger.
        actors: The actor of each token, by the token's SHA-256 as hexadecimal digits.
    """
    app = FastAPI(title="A registry of clean energy", docs_url=None, redoc_url=None)
    app.state.address, app.state.actors = address, dict(actors)
    app.state.pin = pin_of(address)  # a service without its ledger does not start
    app.include_router(router)

    def handle(request: Request, error: Exception) -> Response:
        if isinstance(error, cl.CarbonLedgerError):
            return answer(request, problem_of(error))
        if isinstance(error, RequestValidationError):
            return answer(request, ProblemError(422, "path", "The path has a part that is not of the expected form"))
        if isinstance(error, HTTPException):  # no such path, or no such method
            return answer(
                request, ProblemError(error.status_code, "http", str(error.detail), **dict(error.headers or {}))
            )
        return answer(request, error if isinstance(error, ProblemError) else ProblemError(500, "internal", _OPERATOR))

    for kind in (cl.CarbonLedgerError, ProblemError, RequestValidationError, HTTPException, Exception):
        app.exception_handler(kind)(handle)
    return app


def from_environment() -> FastAPI:
    """The service of the ledger and the tokens that the environment names."""
    for name, what in (("CARBON_LEDGER", "the address of a ledger"), ("CARBON_LEDGER_TOKENS", "a file of tokens")):
        if not os.environ.get(name):
            raise SystemExit(f"{name} is not set: expected {what}")
    path = os.environ["CARBON_LEDGER_TOKENS"]
    try:
        with open(path, encoding="utf-8") as file:
            tokens = json.load(file)
    except (OSError, ValueError) as error:
        raise SystemExit(f"CARBON_LEDGER_TOKENS: {path}: expected a file of tokens, in JSON ({error})") from None
    return service(os.environ["CARBON_LEDGER"], tokens)
