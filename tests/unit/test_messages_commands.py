"""What is refused of moving units and of asking: to the letter, for it says what to do."""

from tests.messages import CLAIM, DIGEST, ID, NO_BATCH, PERIOD, TEXT, TIME, Case, Do, Kind, busy, each, said

import carbon_ledger as cl
from carbon_ledger.errors import (
    InsufficientBalanceError,
    NaiveTimeError,
    NotActiveError,
    NotHolderError,
    PeriodError,
    QuantityError,
    RefusedError,
    SerialError,
    StoreError,
    UnknownAccountError,
    UnknownBatchError,
    UnknownFactorError,
    UnknownMeterError,
    UnknownThingError,
)

MOVING: list[Case] = [
    (
        lambda x: x.transfer("three", to="buyer"),
        SerialError,
        "'three' is no block: expected a Block, a Batch or text like 'hydro/2024/17/1-250'",
    ),
    (lambda x: x.transfer([], to="buyer"), SerialError, "no block: name one or more, or a Selection"),
    (lambda x: x.transfer("p/2024/14/41", to="a b"), QuantityError, f"account id 'a b': {ID}"),
    (
        lambda x: x.transfer("p/2024/14/41", to="ghost"),
        UnknownAccountError,
        "account ghost: not open; open it with open_account() first [unknown-account]",
    ),
    (
        lambda x: x.transfer("p/2024/99/1", to="buyer"),
        UnknownBatchError,
        f"batch p/2024/99: {NO_BATCH} [unknown-batch]",
    ),
    (
        lambda x: x.transfer("p/2024/14/90-101", to="buyer"),
        SerialError,
        "block p/2024/14/90-101: batch p/2024/14 ends at 100; name serials up to that",
    ),
    (
        lambda x: x.transfer(["p/2024/14/41-45", "p/2024/14/45"], to="buyer"),
        SerialError,
        "blocks p/2024/14/41-45 and p/2024/14/45 overlap: name each unit once",
    ),
    (
        lambda x: x.transfer("p/2024/14/5-14", to="other"),
        NotHolderError,
        "block p/2024/14/5-14: 6 of its 10 units are buyer's, 4 of its 10 units are op's; take a block of "
        "one holder's: see holdings(account) [not-holder]",
    ),
    (
        lambda x: x.transfer("p/2024/14/5-14", to="other", from_="op"),
        NotHolderError,
        "block p/2024/14/5-14: 6 of its 10 units are not op's but buyer's (serials from 5); see "
        "holdings('op') [not-holder]",
    ),
    (
        lambda x: x.transfer(["p/2024/14/1", "p/2024/14/41"], to="other"),
        NotHolderError,
        "2 blocks: they are held by buyer (such as p/2024/14/1), op (such as p/2024/14/41); a command "
        "takes units of one account at a time [not-holder]",
    ),
    (
        lambda x: x.transfer("p/2024/14/1-5", to="buyer"),
        NotHolderError,
        "block p/2024/14/1-5: buyer holds it already; a transfer changes the holder [not-holder]",
    ),
    (
        lambda x: x.transfer("p/2024/14/11-12", to="buyer"),
        NotActiveError,
        "block p/2024/14/11-12: serials 11-12 are retired, for ever; expected active: see holdings('op', "
        "state='active') [not-active]",
    ),
    (
        lambda x: x.withdraw("p/2024/14/31", reason="again"),
        NotActiveError,
        "block p/2024/14/31: serials 31-31 are withdrawn, for ever; expected active or locked or buffered: "
        "see holdings('op', state='active') [not-active]",
    ),
    (
        lambda x: x.withdraw("p/2024/14/41", reason="r", from_="buyer"),
        NotHolderError,
        "block p/2024/14/41: 1 of its 1 units are not buyer's but op's (serials from 41); see "
        "holdings('buyer') [not-holder]",
    ),
    (
        lambda x: x.release("p/2024/14/41", reason="r"),
        NotActiveError,
        "block p/2024/14/41: serials 41-41 are active; expected locked: see holdings('op', state='locked') "
        "[not-active]",
    ),
    (
        lambda x: x.release_buffer("p/2024/14/41", reason="r"),
        NotActiveError,
        "block p/2024/14/41: serials 41-41 are active; expected buffered: see holdings('op', "
        "state='buffered') [not-active]",
    ),
    (
        lambda x: x.transfer(cl.Selection(3, instrument="I-REC-E"), to="buyer"),
        QuantityError,
        "selection of 3 units of I-REC-E (oldest-vintage): name the account to take them from, from_=",
    ),
    (
        lambda x: x.transfer(cl.Selection(61, instrument="I-REC-E", vintage=2024, project="p"), to="buyer", from_="op"),
        InsufficientBalanceError,
        "account op: 61 units of I-REC-E, vintage 2024, project p (oldest-vintage) are asked for, and it "
        "has 60 that are active; see holdings('op', state='active') [insufficient-balance]",
    ),
    (
        lambda x: x.release(cl.Selection(1, instrument="I-REC-E", label="CORSIA"), reason="r", from_="op"),
        InsufficientBalanceError,
        "account op: 1 units of I-REC-E, label CORSIA (oldest-vintage) are asked for, and it has 0 that "
        "are locked; see holdings('op', state='locked') [insufficient-balance]",
    ),
    (lambda x: x.retire("p/2024/14/41", **CLAIM | {"beneficiary": ""}), QuantityError, f"beneficiary '': {TEXT}"),
    (lambda x: x.retire("p/2024/14/41", **CLAIM | {"purpose": ""}), QuantityError, f"purpose '': {TEXT}"),
    (lambda x: x.retire("p/2024/14/41", **CLAIM | {"period": "2024"}), PeriodError, f"period '2024': {PERIOD}"),
    (lambda x: x.cancel("p/2024/14/41", reason=""), QuantityError, f"reason '': {TEXT}"),
    (lambda x: x.withdraw("p/2024/14/41", reason=""), QuantityError, f"reason '': {TEXT}"),
    (lambda x: x.lock("p/2024/14/41", reason=""), QuantityError, f"reason '': {TEXT}"),
    (lambda x: x.lock("p/2024/14/41", reason="r", evidence="x"), QuantityError, f"evidence 'x': {DIGEST}"),
    (lambda x: x.release("p/2024/14/41", reason=""), QuantityError, f"reason '': {TEXT}"),
    (lambda x: x.release_buffer("p/2024/14/41", reason=""), QuantityError, f"reason '': {TEXT}"),
    (lambda x: x.cancel_buffer("p/2024/14/41", reason=""), QuantityError, f"reason '': {TEXT}"),
]
ASKING: list[Case] = [
    (lambda x: x.entry(99), StoreError, "entry 99: there are entries 0 to 19; give one of these numbers"),
    (lambda x: x.entry("3"), StoreError, "entry '3': there are entries 0 to 19; give one of these numbers"),
    (lambda x: x.entry_bytes(99), StoreError, "entry 99: the ledger has entries 0 to 19; give one of these numbers"),
    (lambda x: x.as_of(3), PeriodError, "as_of(3): give a time, or an entry's number as entry=, one of the two"),
    (
        lambda x: x.as_of("2026-01-01T00:00"),
        NaiveTimeError,
        "time: '2026-01-01T00:00' names no zone; end it with \"Z\" or its offset from UTC, e.g. "
        '"2026-01-01T00:00+04:00"',
    ),
    (
        lambda x: x.as_of("2031-01-01T00:00Z"),
        PeriodError,
        "as_of(2031-01-01T00:00Z): later than the ledger's clock; nobody knows that yet",
    ),
    (
        lambda x: x.as_of("2020-01-01T00:00Z"),
        StoreError,
        "as_of(2020-01-01T00:00Z): the ledger was opened at 2026-01-01T00:00:00.000000Z; give a later time",
    ),
    (
        lambda x: x.as_of(entry=99),
        StoreError,
        "as_of(entry=99): the ledger has entries 0 to 19; give one of these numbers",
    ),
    (lambda x: x.audit(workers=0), StoreError, "audit(workers=0): expected a whole number of 1 or more"),
    (
        lambda x: x.meter("ghost"),
        UnknownMeterError,
        "meter ghost: not registered; register it with register_meter() first [unknown-meter]",
    ),
    (
        lambda x: x.factor("ghost"),
        UnknownFactorError,
        "factor ghost: not adopted by this ledger; pass the EmissionFactor itself, or adopt_factor() first "
        "[unknown-factor]",
    ),
    (
        lambda x: x.balance("ghost"),
        UnknownAccountError,
        "account ghost: not open; open it with open_account() first [unknown-account]",
    ),
    (
        lambda x: x.holdings("op", state="sold"),
        RefusedError,
        "state 'sold': expected one of active, locked, buffered, pending, retired, cancelled, withdrawn, "
        "exported [unknown-state]",
    ),
    (
        lambda x: x.holdings("op", at="2026-01-01"),
        NaiveTimeError,
        'at: 2026-01-01 is a date, which begins at another instant in every zone; pass one, e.g. zone="Asia/Baku"',
    ),
    (lambda x: x.holdings("op", production="May"), PeriodError, f"production 'May': {PERIOD}"),
    (lambda x: x.readings("plant", "May"), PeriodError, f"period 'May': {PERIOD}"),
    (lambda x: x.reconcile("p", "May"), PeriodError, f"period 'May': {PERIOD}"),
    (lambda x: x.claims("plant", "May"), PeriodError, f"period 'May': {PERIOD}"),
    (
        lambda x: x.statement("op", since="2026-01-02T00:00"),
        NaiveTimeError,
        "since: '2026-01-02T00:00' names no zone; end it with \"Z\" or its offset from UTC, e.g. "
        '"2026-01-02T00:00+04:00"',
    ),
    (lambda x: x.statement("op", until=5), PeriodError, f"until: 5 is a int; {TIME}"),
    (
        lambda x: x.trace("p/2024/14/101"),
        SerialError,
        "block p/2024/14/101: batch p/2024/14 ends at 100; name serials up to that",
    ),
    (
        lambda x: x.hours("p/2024/14/101"),
        SerialError,
        "block p/2024/14/101: batch p/2024/14 ends at 100; name serials up to that",
    ),
    (
        lambda x: x.hours("p/2024/14/1"),
        SerialError,
        "batch p/2024/14 of I-REC-E is not granular: its units have no hour; see "
        "trace(batch).quantification for the readings behind it",
    ),
    (
        lambda x: x.batches("p")[0].hour("2024-05-01T00:00Z"),
        SerialError,
        "batch p/2024/14 of I-REC-E is not granular: its units have no hour; see "
        "trace(batch).quantification for the readings behind it",
    ),
    (
        lambda x: x.labels("p/2024/14/101"),
        SerialError,
        "block p/2024/14/101: batch p/2024/14 ends at 100; name serials up to that",
    ),
    (
        lambda x: x.actors("king"),
        QuantityError,
        "role 'king': expected one of registrar, meter-operator, verifier, issuer, account-holder, auditor",
    ),
    (
        lambda x: x.retirement(7),
        UnknownThingError,
        "retirement 7: no such retirement in this ledger; see retirements(account) [unknown-retirement]",
    ),
    (
        lambda x: x.retirement("other/7"),
        UnknownThingError,
        "retirement 'other/7': this is ledger test, whose retirements are numbered like test/57 [unknown-retirement]",
    ),
    (
        lambda x: x.grammar("gcc"),
        UnknownThingError,
        "registry 'gcc': it is not registered here, and no built-in grammar has this id (acr, car, cdm, "
        "gold-standard, m-rets, undp, verra); register_registry(SerialGrammar(...)) first "
        "[unknown-registry]",
    ),
    (
        lambda x: x.match("op", [1, 2]),
        QuantityError,
        "profile [1, 2]: expected a ConsumptionProfile(start=, step=, consumption_wh=)",
    ),
    (
        lambda x: x.cancel(cl.Selection(0, instrument="I-REC-E"), reason="r", from_="op"),
        QuantityError,
        "selection of 0 units: a whole number of at least 1 is expected",
    ),
    (
        lambda x: x.cancel(cl.Selection(1, instrument="I-REC-E", order="cheapest"), reason="r", from_="op"),
        QuantityError,
        "selection order 'cheapest': expected one of oldest-vintage, newest-vintage, earliest-expiry, "
        "oldest-issue, newest-issue",
    ),
    (
        lambda x: x.cancel(cl.Selection(1, instrument=None), reason="r", from_="op"),
        QuantityError,
        "selection instrument None: expected an instrument's id, such as 'I-REC-E'",
    ),
    (
        lambda x: x.cancel(cl.Selection(1, instrument="I-REC-E", vintage="2024"), reason="r", from_="op"),
        QuantityError,
        "selection vintage '2024': expected a calendar year such as 2024, or None for all",
    ),
    (
        lambda x: x.cancel(cl.Selection(1, instrument="I-REC-E", label="CORSA"), reason="r", from_="op"),
        RefusedError,
        "label 'CORSA': expected one of CORSIA, E+, S+, SDG+; 'CORSIA' is near; or a tag of your own, such "
        "as 'tag:north', with at most 100 printable characters in all and no space at either end "
        "[unknown-label]",
    ),
    (
        lambda x: x.cancel(cl.Selection(1, instrument="I-REC-E", project=5), reason="r", from_="op"),
        QuantityError,
        "selection project 5: expected a project's id, or None for all",
    ),
]


@each(MOVING, ASKING)
def test_it_is_refused_in_these_words(do: Do, kind: Kind, message: str) -> None:
    assert said(busy(), do, kind) == message
