"""Drawing registrations, imports and changes of roles."""

from typing import Final

from hypothesis import strategies as st

from carbon_ledger.periods import Period
from carbon_ledger.testing._machine.actions.drawing import MOSTLY, SELDOM, Draw, Kind
from carbon_ledger.testing._machine.commands import EVIDENCE, MIDNIGHTS_UTC, Action
from carbon_ledger.testing._machine.naming import ForeignSerial
from carbon_ledger.testing._machine.setup import ACTORS, CLUB, LABELS, LARGE_W, OPENER, RENEWED, SLOT_S, SMALL_W
from carbon_ledger.testing._machine.side_by_side import SideBySide
from carbon_ledger.testing._model.rows import Stated


def _local(start: str, end: str) -> tuple[int, int]:
    """Two days, as seconds of any zone's own clocks. [s]"""
    period = Period.of(start, end, zone="UTC")
    return period.start_utc, period.end_utc


_FIRST: Final = st.integers(1, 20)
_COUNT: Final = st.integers(1, 5)
# Number spaces as a serial spells them; some spellings mean the same space.
_SPACES: Final = {
    "gold-standard": ("30645", "30645", "030645", "30646"),
    "verra": ("VCU", "VCS-VCU"),
    "m-rets": ("7", "07", "8"),
    CLUB.id: ("north", "North", "SOUTH", "south"),
    "isometric": ("F5X7",),
}
_TEXTS: Final = {
    "gold-standard": "GS1-1-KE-GS7495-16-2024-{space}-{first}-{last}",
    "verra": "{batch}-{first}-{last}-{space}-042-MER-PE-14-1360-01122023-15022024-1",
    "m-rets": "MIRECS-123-MI-01-2009-{space}-{first} to {last}",
    CLUB.id: "CLUB-{space}-{first}-{last}",
    "isometric": "ISO-1-BSTORE-GBR-{space}-2024-{first}-{last}",
}
_NUMBERED: Final = {"m-rets": "123/MI/2009/1/"}  # what the ledger writes before the batch
# Production period, and the zone's offset from UTC. [s]
_PRODUCTIONS: Final = (
    (Period.month(2024, 1, zone="UTC"), 0),
    (Period.of("2023-12-15", "2024-01-15", zone="Asia/Baku"), 4 * 3600),
    (Period.of("2024-01-01", "2024-01-15", zone="Asia/Baku"), 4 * 3600),
)
_NAMED: Final = ("GS-VER", "VCS-VCU", "CDM-CER")  # instruments that a built-in grammar names
# What a serial of each registry says of its units, and imports that agree with it: project, instrument, production.
_STATED: Final = {
    "gold-standard": Stated("GS-VER", (), ("GS7495", "7495"), _local("2024-01-01", "2025-01-01")),
    "verra": Stated("VCS-VCU", (), ("1360",), _local("2023-12-01", "2024-02-16")),
    "m-rets": Stated(elsewhere=_NAMED),
    CLUB.id: Stated(elsewhere=_NAMED),
    "isometric": Stated("a kilogram"),  # which is a unit of no instrument
}
_AGREEING: Final = {
    "gold-standard": (("GS7495", "7495"), ("GS-VER",), (_PRODUCTIONS[0], _PRODUCTIONS[2])),
    "verra": (("1360",), ("VCS-VCU",), _PRODUCTIONS[1:]),
    "isometric": (("F5X7",), ("GCC-ACC",), _PRODUCTIONS),
}
_OTHERS: Final = (("p-there", "GS7495", "1360"), ("EECS-GO", "EECS-GO", "I-REC-E"), _PRODUCTIONS)
_BUFFERS: Final = st.sampled_from((None, None, None, 0, 1, 3, "0.25"))
_VINTAGES: Final = st.sampled_from((None, None, 2024, 2023))
_TO: Final = st.sampled_from(("op",) * 8 + ("buyer",) * 4 + ("nobody",))
_CAME_WITH: Final = st.sampled_from(((), (), LABELS[:1], LABELS))
_ROLES: Final = st.sampled_from(("registrar", "meter-operator", "verifier", "issuer", "account-holder", "auditor"))
_DAYS: Final = st.sampled_from((*MIDNIGHTS_UTC, *tuple(MIDNIGHTS_UTC)[1:2] * 3))  # mostly in the middle of the grid
_EDGE_UTC: Final = MIDNIGHTS_UTC["2024-01-01"]
_CLOSING: Final = st.sampled_from((False, False, True))
_REGISTERED: Final = (
    ("register_device", "epsilon", ()),
    ("register_device", "alpha", ()),
    ("register_device", "twin", ()),
    ("register_meter", "feeder-2", ("alpha", "beta")),
    ("register_meter", "feeder-2", ("alpha", "epsilon")),
    ("register_project", "later", ("alpha",)),
    ("register_project", "later", ("epsilon",)),
    ("register_project", "ten-years", ("beta",)),
    ("register_project", "eleven-years", ("beta",)),
    ("adopt_methodology", "ACM0002@22.0", ()),
    ("adopt_factor", "stage-cm", ()),
    ("register_registry", "gold-standard", ()),
    ("register_registry", "gold-copy", ()),
    ("register_registry", "club-copy", ()),
)


_RENEWING: Final = (("gamma",), ("gamma",), ("gamma",), ("gamma", "delta"))


def import_block(draw: Draw, both: SideBySide) -> Action:
    """Import a block of a small number space, so that some overlap; rarely, with an invalid serial."""
    names = tuple(_SPACES)
    registry = draw(st.sampled_from(names[:3] if draw(MOSTLY) else (*names, names[-1])))
    first = draw(_FIRST)
    projects, instruments, productions = _AGREEING.get(registry, _OTHERS)
    possible = _PRODUCTIONS if draw(SELDOM) else productions
    given = {
        "serial": _foreign(draw, registry, first, first + draw(_COUNT) - 1),
        "instrument": draw(st.sampled_from(("GC", "VCS-VCU", "GS-VER", "EECS-GO") if draw(SELDOM) else instruments)),
        "to": draw(_TO),
        "production": _just_after(both) if draw(SELDOM) else draw(st.sampled_from(possible)),
        "vintage": 2022 if draw(SELDOM) else draw(_VINTAGES),
        "project": draw(st.sampled_from(_OTHERS[0] if draw(SELDOM) else projects)),
        "labels": draw(_CAME_WITH),
        "buffer": draw(_BUFFERS),
    }
    return Action("import_block", given)


def _just_after(both: SideBySide) -> tuple[Period, int]:
    """A production that ends a second after the clock's time."""
    return Period(both.now_utc - 3600, both.now_utc + 1), 0


def _foreign(draw: Draw, registry: str, first: int, last: int) -> ForeignSerial:
    space = draw(st.sampled_from(_SPACES[registry]))
    batch = draw(st.sampled_from((8040, 8041)))
    first_text = str(first)
    well = not draw(SELDOM)
    if not well:
        first_text = f"O{first}"  # the letter O in place of a zero
    text = _TEXTS[registry].format(space=space, batch=batch, first=first_text, last=last)
    count = last - first if draw(SELDOM) else draw(st.sampled_from((None, last - first + 1)))
    return ForeignSerial(
        registry,
        text,
        _NUMBERED.get(registry, "") + space.lstrip("0").upper(),
        first,
        last,
        count,
        well,
        _STATED[registry],
    )


def amend_device(draw: Draw, both: SideBySide) -> Action:
    """Amend a device's capacity; or decommission it, mostly one without later readings, or let it operate again."""
    day = draw(_DAYS)
    device, capacity, closed = draw(st.sampled_from((*both.model.plants, *both.model.plants, "nowhere"))), None, None
    if draw(_CLOSING):
        closed = draw(st.sampled_from((True, True, False)))
        since = MIDNIGHTS_UTC[day]
        open_until = [name for name, steps in both.model.steps.items() if all(step.end <= since for step in steps)]
        device = draw(st.sampled_from(open_until)) if open_until and draw(MOSTLY) else device
    if closed is None or draw(SELDOM):
        usual = LARGE_W if device in ("alpha", "beta") else SMALL_W
        capacity = usual * draw(st.sampled_from((1, 2, 3, 4))) // 2
    return Action("amend_device", {"device": device, "day": day, "capacity": capacity, "closed": closed})


def record_at_edge(draw: Draw, both: SideBySide) -> Action:
    """Record an hour in the middle of which a capacity may change, at the bound or a Wh above it."""
    device = draw(st.sampled_from(_unmetered_at_edge(both)))
    low, before = _EDGE_UTC - SLOT_S, draw(st.integers(0, 1))
    most = both.model.bounding_watt_seconds(device, low, low + 2 * SLOT_S)[1] // 3600
    values = [0] * before + [most + draw(st.booleans())]
    given = {"device": device, "start": low - 2 * SLOT_S * before, "step_s": 2 * SLOT_S, "values": values}
    return Action("record", given)


def _unmetered_at_edge(both: SideBySide) -> list[str]:
    """The devices that have an amended capacity and no reading around the new year of Baku."""
    return [
        name
        for name in both.model.capacities
        if not any(step.start < _EDGE_UTC + SLOT_S and step.end > _EDGE_UTC - SLOT_S for step in both.model.steps[name])
    ]


def amend_account(draw: Draw, both: SideBySide) -> Action:
    """Give an account another name."""
    account = draw(st.sampled_from((*sorted(both.model.accounts), "nobody")))
    day, name = draw(st.sampled_from(tuple(MIDNIGHTS_UTC))), draw(st.sampled_from((account, "New", "Newer")))
    return Action("amend_account", {"account": account, "day": day, "name": name})


def describe_document(draw: Draw, _: SideBySide) -> Action:
    """Describe the document that is evidence of most entries, or another one."""
    document = draw(st.sampled_from((EVIDENCE, EVIDENCE.replace("e", "d"))))
    return Action("describe_document", {"document": document, "title": draw(st.sampled_from(("One", "Two")))})


def relate(draw: Draw, both: SideBySide) -> Action:
    """Declare a relation of two accounts, or end one, mostly one that is declared."""
    accounts = st.sampled_from((*sorted(both.model.accounts), "nobody"))
    if both.model.relations and draw(st.booleans()):
        account, other, relation = draw(st.sampled_from(sorted(both.model.relations)))
    else:
        account, other, relation = draw(accounts), draw(accounts), draw(st.sampled_from(("owner", "same-group")))
    command = draw(st.sampled_from(("declare_relation", "end_relation")))
    return Action(command, {"account": account, "other": other, "relation": relation})


def open_account(draw: Draw, both: SideBySide) -> Action:
    """Open an account, perhaps one that is open already."""
    name = draw(st.sampled_from((min(both.model.accounts), "second", "third")))
    return Action("open_account", {"account": name})


def register(draw: Draw, _: SideBySide) -> Action:
    """Register something, perhaps under an id that is taken, or with a device that is not registered."""
    command, name, devices = draw(st.sampled_from(_REGISTERED))
    return Action(command, {"name": name, "devices": devices})


def renew(draw: Draw, _: SideBySide) -> Action:
    """Register one of the crediting periods of the Gold Standard, mostly of the same device."""
    name, devices = draw(st.sampled_from(tuple(RENEWED))), draw(st.sampled_from(_RENEWING))
    return Action("register_project", {"name": name, "devices": devices})


def attest(draw: Draw, _: SideBySide) -> Action:
    """Attest one of two documents as the text of the credits' methodology."""
    return Action("attest", {"text": f"sha256:{draw(st.sampled_from('ab')) * 64}"})


def register_club(_: Draw, __: SideBySide) -> Action:
    """Register the registry that has no built-in grammar."""
    return Action("register_registry", {"name": CLUB.id, "devices": ()})


def grant(draw: Draw, both: SideBySide) -> Action:
    """Grant a role, mostly one that the actor does not have."""
    roles: list[tuple[str, str, str | None]] = [
        (OPENER, role, None) for role in ("issuer", "meter-operator", "verifier")
    ]
    roles += [(OPENER, "account-holder", account) for account in sorted(both.model.accounts)]
    missing = [item for item in roles if (*item[:2], item[2] or "") not in (both.model.grants or ())]
    if missing and draw(MOSTLY):
        actor, role, account = draw(st.sampled_from(missing))
    else:
        actor, role = draw(st.sampled_from(ACTORS)), draw(_ROLES)
        holds = (role == "account-holder") != draw(SELDOM)
        account = draw(st.sampled_from((*sorted(both.model.accounts), "nobody"))) if holds else None
    return Action("grant", {"actor": actor, "role": role, "account": account})


def revoke(draw: Draw, both: SideBySide) -> Action:
    """Revoke a role, mostly one that somebody has."""
    held = sorted(both.model.grants or ())
    if held and draw(MOSTLY):
        actor, role, scope = draw(st.sampled_from(held))
        return Action("revoke", {"actor": actor, "role": role, "account": scope or None})
    return Action("revoke", {"actor": draw(st.sampled_from(ACTORS)), "role": draw(_ROLES), "account": None})


_RENEWALS: Final = 4  # after these, crediting is renewed only among the things that are registered
_ATTESTATIONS: Final = 2  # after these, it is attested again only among the things that are registered
AMENDING_DEVICE: Final = Kind(amend_device)
AT_EDGE: Final = Kind(record_at_edge, lambda both: bool(_unmetered_at_edge(both)))
AMENDING: Final = (AMENDING_DEVICE, *map(Kind, (amend_account, describe_document, relate)))
IMPORTING: Final = (
    *AMENDING,
    *map(Kind, (import_block,) * 6),
    *(Kind(renew, lambda both: len(both.model.crediting) < _RENEWALS),) * 6,
    Kind(register_club, lambda both: ("registry", CLUB.id) not in both.model.registered),
    Kind(attest, lambda both: sum(kind == "text" for kind, _ in both.model.registered) < _ATTESTATIONS),
)
REGISTERING: Final = tuple(map(Kind, (register, register, renew, open_account, register_club, attest)))
CHANGING_ROLES: Final = tuple(map(Kind, (grant, grant, revoke)))
