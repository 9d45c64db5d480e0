"""Each marked line is a mistake that a type checker has to find; nothing here is run."""

from datetime import datetime

import carbon_ledger as cl
from carbon_ledger.types import State

ledger = cl.open_ledgr(":memory:")  # wrong
opened = cl.open_ledger(":memory:")
opened.open_acount("a", name="A")  # wrong
opened.holdings("a", state="actve")  # wrong
opened.positions(state="expire")  # wrong
opened.grant("a", "registar")  # wrong
cl.open_ledger(":memory:", policy="role")  # wrong
cl.Selection(3, instrument="I-REC-E", order="oldest")  # wrong
cl.Rounding("down", places=0)  # wrong
opened.record_generation("d", cl.Period.year(2024, zone="UTC"), net=1.5)  # wrong
opened.record_readings("d", start=1_714_521_600, step="1 hour", net_wh=[1])  # wrong
opened.record_readings("d", start="2024-05-01T00:00Z", step="1 hour", net_wh=[1], quality="guessed")  # wrong
state: State = "retird"  # wrong
when: str = opened.entry(0).recorded_at  # wrong
until: datetime = opened.positions()[0].expires  # wrong
name: str = opened.devices()[0].capacity  # wrong
unknown = cl.errors.UnknownAcountError  # wrong
found: tuple[cl.Position, ...] = opened.positions()  # wrong
