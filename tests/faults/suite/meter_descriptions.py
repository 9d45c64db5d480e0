"""Descriptions of meter files for fuzzing: every question is answered, until a layout is there or none can be."""

from pathlib import Path
from typing import Final

import carbon_ledger as cl

QUARTERS: Final = [f"{minute // 60:02d}:{minute % 60:02d}" for minute in range(0, 24 * 60, 15)]
SEEDS: Final = (
    "time,Export kWh\n" + "".join(f"2024-05-13T{hour:02d}:00,{hour % 5}.25\n" for hour in range(24)),
    "Zähler;7\n\nDatum;Von;Bis;Bezug [kWh];Status\n"
    + "".join(f"01.05.2024;{clock};{clock};1.234,5;W\n" for clock in QUARTERS[:20])
    + "Summe;;;1;\n",
    "t,reading\n" + "".join(f"05/06/2024 {hour:02d}:00,{20_733_000 + hour}\n" for hour in range(1, 24)),
    "MPAN,Date," + ",".join(QUARTERS) + "\n" + "7,13/05/2024" + ",0.5" * 96 + "\n8,14/05/2024" + ",n/a" * 96 + "\n",
    "meter,OBIS,epoch,kW\n" + "".join(f"{n % 2},1-1:{n % 3}.29.0,{1_715_558_400 + n * 900},{n}\n" for n in range(9)),
    "Fecha;Hora;kWh\n" + "".join(f"27/10/2024;{hour};0,{hour:03d}\n" for hour in range(1, 26)),
    "Month,MWh\n2024-01,1\n2024-02,\n2024-03,3E+1\n",
    '100,NEM12,200405011135,MDA1,Ret1\n900\n',
    "<GL_MarketDocument/>",
    '<feed xmlns="http://naesb.org/espi"/>',
)  # fmt: skip


def describe(path: Path) -> str:
    """Describe a file, answer every question with its last choice, and give the text of the description."""
    described = cl.describe_meter_file(path)
    for _ in range(8):
        if not described.questions:
            break
        assert described.layout is None
        answers = {item.name: [*item.choices][-1] if item.choices else "Europe/London" for item in described.questions}
        described = described.answered(**answers)
    if described.layout is not None:
        assert cl.MeterLayout.from_toml(described.layout.to_toml()) == described.layout
    return str(described)
