"""The grammars that are built in, as data: every version of each registry's grammar, and where it comes from.

The `source` of each grammar says where its forms come from, how sure that is, and within what the numbers are unique.
There is no grammar for Regen Network: a batch such as ``C01-001-20200101-20210101-001`` has decimal amounts and no
range. There is no grammar for the Global Carbon Council: no public page describes its serials, so pass a grammar of
your own.
"""

from typing import Final

from carbon_ledger.registries.grammar import TONNE_KG, SerialGrammar
from carbon_ledger.registries.templates import SerialForm

_VERRA_END: Final = (
    "{verifier:digits}-{operator:letters 3}-{country:letters 2}-{scope:digits 1-2}-{project:digits}"
    "-{vintage_start:digits 8}-{vintage_end:digits 8}-{certification:digits 1}"
)
_CDM_END: Final = "{period:digits 1-2}-{applicable_period:digits 1-2}-{activity:digits 1-3}-{project:digits}"
_CDM_END_AGAIN: Final = "{period}-{applicable_period}-{activity}-{project}"


def _verra(code: str) -> SerialForm:
    return SerialForm(
        f"{{batch:digits}}-{{first}}-{{last}}-{code}-{_VERRA_END}",
        space=code,
        project="{project}",
        instrument="VCS-VCU",
        start="{vintage_start}",
        end="{vintage_end}",
        dates="DDMMYYYY",
    )


def _cdm(unit: str, again: str, *, instrument: str) -> SerialForm:
    return SerialForm(
        f"{{party:letters 2}}-{unit}-{{first}}-{_CDM_END} - {{party}}-{again}-{{last}}-{_CDM_END_AGAIN}",
        space="{party}/{period}",
        project="{project}",
        instrument=instrument,
    )


def _art(programme: str) -> SerialForm:
    return SerialForm(
        f"{programme}-{{country:letters 2}}-{{program:digits}}-{{vintage:digits 4}}-{{batch:digits}}"
        "-{first} to {last}",
        space="{batch}",
        project="ART{program}",
        end="{vintage}",
    )


def _cercarbono(series: str, space: str, *, vintage: bool) -> SerialForm:
    """A series and its range. The mark of a revision is no part of the space: a revised series has the same units."""
    year = "{vintage}" if vintage else ""
    return SerialForm(
        "CDC_{project:digits}_{second:digits}_{third:digits}_{fourth:digits}_{sector:digits}"
        f"_{series}{'_{vintage:digits 4}' if vintage else ''} {{first}} to {{last}}",
        space=f"{{project}}/{{second}}/{{third}}/{{fourth}}/{{sector}}/{space}{'/' if vintage else ''}{year}",
        project="{project}",
        start=year,
        end=year,
    )


_COUNTRY: Final = ("{country:letters 2}_{group:digits}_{series:digits}", "{country}/{group}/{series}")

CATALOGUE: Final = (
    SerialGrammar(
        id="acr",
        name="ACR (American Carbon Registry)",
        forms=(
            SerialForm(
                "ACR-{country:letters 2}-{project:digits}-{vintage:digits 4}-{batch:digits}-{first} to {last}",
                space="{batch}",
                project="ACR{project}",
                end="{vintage}",
            ),
            SerialForm(
                "ACR-{country:letters 2}-{project:digits}-{vintage:digits 4}-{batch:digits}-{first}-{last}",
                space="{batch}",
                project="ACR{project}",
                end="{vintage}",
            ),
        ),
        source=(
            "'1 to 5000': 150 rows of the registry's own exports of 2025-2026 [P]; '1-5000': an example of a trading "
            "platform's help page [S]. That a batch is one issuance: no batch of 76 in those rows has two texts; "
            "project and vintage are those of the columns beside, and each vintage is the year in which its period "
            "ends [C]"
        ),
        unit_kg=TONNE_KG,
    ),
    SerialGrammar(
        id="art-trees",
        name="ART Registry (TREES, and FCPF credits that are issued in it)",
        forms=(_art("ART"), _art("FCPF")),
        source=(
            "11 rows of the registry's own exports of 2026 (5 FCPF) [P]; no page names the parts, so their names are a "
            "reading of the columns beside them: in each row program and vintage are the column's [C]. That batches "
            "have one numbering for both kinds: the 8 batches of those rows have 8 numbers [C]. That production ends "
            "in the vintage [M]"
        ),
        unit_kg=TONNE_KG,
    ),
    SerialGrammar(
        id="car",
        name="Climate Action Reserve",
        forms=(
            SerialForm(
                "CAR-{unit:alphanumeric 1-4}-{country:letters 2}-{project:digits}-{project_type:digits}"
                "-{developer:digits}-{state:letters 2}-{vintage:digits 4}-{batch:digits}-{first} to {last}",
                space="{batch}",
                project="CAR{project}",
                end="{vintage}",
            ),
        ),
        source=(
            "Climate Action Reserve, Serial Number Guide: parts and their meaning; unit 1 is a CRT, ROC a compliance "
            "credit [P]. That a batch is one issuance: no batch of 103 in 150 rows of its exports has two texts; the "
            "project and the vintage are those of the columns beside [C]. That production ends in the vintage [M]"
        ),
        unit_kg=TONNE_KG,
    ),
    SerialGrammar(
        id="cdm",
        name="Clean Development Mechanism (UNFCCC)",
        forms=(
            _cdm("5", "5", instrument="CDM-CER"),
            _cdm("{unit:digits 1-2}", "{unit}", instrument=""),
        ),
        source=(
            "The first unit and the last, as Gold Standard's export of 2026 writes them (3 rows) [P]; the order of the "
            "parts, and that unit type 5 is a CER, as in Regulation (EC) 2216/2004 annex VI [S]. Numbers are unique "
            "within Party and commitment period: decision 3/CMP.1, annex, appendix D, paragraph 7 [S]"
        ),
        unit_kg=TONNE_KG,
    ),
    SerialGrammar(
        id="cercarbono",
        name="Cercarbono (EcoRegistry)",
        forms=(
            _cercarbono("{series:digits}", "{series}", vintage=False),
            _cercarbono("{series:digits}", "{series}", vintage=True),
            _cercarbono(*_COUNTRY, vintage=False),
            _cercarbono(*_COUNTRY, vintage=True),
            _cercarbono(f"R{{revision:digits 1-2}}_{{kind:letters 2}}_{_COUNTRY[0]}", _COUNTRY[1], vintage=True),
        ),
        lowest=0,
        source=(
            "The series: 100 rows of retirements of the registry's own export of 2026 [P]. The range is in the columns "
            "from and to of those rows, and each quantity is to - from + 1; series without a country or a vintage "
            "begin at 0, others at 1 [P]. That the two are written after the series with a space and ' to ' is this "
            "library's own notation [C]. No page names the parts: project is the column's id, vintage the column's "
            "year, and numbers begin again in each series [C]; that R1 marks a revised series, whose units are those "
            "of the series without it: a public client of the registry says that R is a revision [S], the rest is "
            "caution [M]. Series of the buffer (BF, BFC) are left out: no export shows a range of one"
        ),
        unit_kg=TONNE_KG,
    ),
    SerialGrammar(
        id="gold-standard",
        name="Gold Standard Impact Registry",
        forms=(
            SerialForm(
                "GS1-{unit:digits}-{country:letters 2}-GS{project:digits}-{project_type:digits}-{vintage:digits 4}"
                "-{batch:digits}-{first}-{last}",
                space="{batch}",
                project="GS{project}",
                instrument="GS-VER",
                start="{vintage}",
                end="{vintage}",
            ),
        ),
        source=(
            "197 rows of the registry's own exports of 2026 [P]; no page names the parts, so their names are a reading "
            "of the columns beside them: in each row project and vintage are the column's, the vintage is a year of "
            "the monitoring period, and the product is VER [C]. That a batch is one issuance: each of 97 begins at 1, "
            "and no batch of 140 has two texts [C]"
        ),
        unit_kg=TONNE_KG,
    ),
    SerialGrammar(
        id="isometric",
        name="Isometric Registry",
        forms=(
            SerialForm(
                "ISO-{unit:digits}-{pathway:alphanumeric}-{country:letters 3}-{project:alphanumeric 4}-{year:digits 4}"
                "-{first}-{last}",
                space="{project}/{year}",
                project="{project}",
            ),
        ),
        source=(
            "One example, in the registry's own API description; that a unit of a batch is 1 kgCO2e: its page of key "
            "concepts [P]. No page names the parts: country is like the country of issue, and project like the codes "
            "of four letters and digits of 50 projects in the registry's data [C]. That each number is one such unit, "
            "that the last is included, and that numbers are unique within project and year [M]"
        ),
        unit_kg=1,
    ),
    SerialGrammar(
        id="m-rets",
        name="Certificates of MIRECS, as M-RETS imports them",
        forms=(
            SerialForm(
                "MIRECS-{generator:digits}-{state:letters 2}-{month:digits 2}-{year:digits 4}-{batch:digits}"
                "-{first} to {last}",
                space="{generator}/{state}/{year}/{month}/{batch}",
            ),
        ),
        source="One example, and no page that names its parts; the number space is all of them, for caution [M]",
    ),
    SerialGrammar(
        id="undp",
        name="National carbon registries on UNDP's software",
        forms=(
            SerialForm(
                "CA{approach:digits 4}-{party:letters 2}-{first_party:letters 2}-{project:digits}"
                "-{first}-{last}-{vintage:digits 4}",
                space="CA{approach}/{party}/{first_party}/{project}/{vintage}",
                project="{project}",
                start="{vintage}",
                end="{vintage}",
            ),
            SerialForm(
                "{party:letters 2}-{unit}-{scope:digits 1-2}-{project}-{first}-{last}-{vintage:digits 4}",
                space="{party}/{unit}/{scope}/{project}/{vintage}",
                project="{project}",
                start="{vintage}",
                end="{vintage}",
            ),
            SerialForm(
                "{party:letters 2}-{unit}-{scope:digits 1-2}-{project:digits}-{year:digits 4}-0-{first}-{last}",
                space="{party}",
                project="{project}",
                start="{year}",
                end="{year}",
            ),
        ),
        source=(
            "Eight parts: the documentation of UNDP's serial number generator; numbers go on from programme to "
            "programme within the country [P]. Seven parts: a later version of the software, with a cooperative "
            "approach (CA0004) or unit and scope in front; numbers within project and vintage [S]"
        ),
        unit_kg=TONNE_KG,
    ),
    SerialGrammar(
        id="verra",
        name="Verra Registry (Verified Carbon Standard)",
        forms=(
            _verra("VCS-VCU"),
            _verra("VCU"),
        ),
        source=(
            "13 parts: rows of the registry's own export of 2026 [P]; 12 parts: serials of vintages 2012 to 2014 in "
            "public code; the parts' names, and dates as day, month, year: a public client of the registry [S]. "
            "Numbers are registry-wide: in that export, batches 19333 to 19413 go on one from another. The newer form "
            "has a numbering of its own: batch 8040 of the older has 449402275, the later batch 9344 of the newer "
            "82392553 [C]"
        ),
        unit_kg=TONNE_KG,
    ),
)
