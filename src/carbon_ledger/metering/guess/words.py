"""What the words of headers and cells mean: directions, units, meters, flags and times, in several languages."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

from carbon_ledger.metering.readings import QUALITIES

ENERGY_UNITS: Final = ("Wh", "kWh", "MWh", "GWh")
POWER_UNITS: Final = ("W", "kW", "MW", "GW")
MEASURED, ESTIMATED, SUBSTITUTED = QUALITIES

_UNIT: Final = re.compile(r"(?:(?<![A-Za-z])[kKMmG]?[wW][hH]?|(?<=[a-z])[kKMG]Wh)(?![A-Za-z/])(?!\s*/)", re.ASCII)
_SPELLED: Final = {unit.lower(): unit for unit in (*ENERGY_UNITS, *POWER_UNITS)}
_OTHER_UNIT: Final = re.compile(
    r"(?i)kvarh?|kvah?|varh?\b|\beur|€|£|\$|\busd\b|°|\bpct\b|%|w/m|\bhz\b|\bcost\b|\bprice\b|preis|cout|coste|temp"
    r"|\bvolt|spannung|\bamp|forecast|prognose|cos ?phi|irradiance|strahlung"
)

_ROLES: Final[tuple[tuple[str, str], ...]] = (
    ("net", r"\bnet\b|\bnetto\b|\bneto\b|\bnette\b|\bsaldo\b"),
    ("gross", r"\bgross\b|\bbrutto\b|\bbruto\b|\bbrute\b"),
    (
        "export",
        r"export|einspeis|ruckspeis|rucklief|feed ?in|inject|vertid|excedent|surplus|teruglever"
        r"|inmatning|oddan|immission|cedida|verilen|\b2\.8\.\d|\b2\.29\.|[-:]2:?\.(?:8|29)\.",
    ),
    (
        "import",
        r"import|bezug|verbrauch|consum|consomm|soutir|afname|usage|demand|\bload\b|prelie|uttag|forbruk|zuzyc|pobor"
        r"|entnahme|istehlak|tuketim|alinan|\b1\.8\.\d|\b1\.29\.|[-:]1:?\.(?:8|29)\.",
    ),
)
_OWN_USE: Final = re.compile(r"eigen|selbst|self|auto ?cons|egenforbruk|autoconsumida|direkt|direct")
_WINTER: Final = re.compile(r"\b(?:cet|mez|est|pst|cst|mst|eet|wez|winterzeit|standard time)\b")
_GENERATION: Final = re.compile(r"generat|erzeug|produc|produk|opwek|istehsal|uretim|\byield\b|ertrag|generacion")
_REACTIVE: Final = re.compile(r"reactiv|reaktiv|blind|kvar|[-:][3-8]:?\.(?:8|29)\.|\b[3-8]\.8\.\d")
_METER: Final = re.compile(
    r"\bmeter(?! ?reading)|mpan|mprn|\bmpn\b|esiid|\bcups\b|\bprm\b|\bpdl\b|zahler(?!stand)|zahlpunkt|messlokation"
    r"|marktlokation|\bmalo\b|\bmelo\b|\bean\b|\bpod\b|\bnmi\b|sayga?c|balancing authority|\bsite\b|\bdevice\b"
    r"|\bplant\b|\banlage\b|contador|compteur|point de livraison"
)
_NO_METER: Final = re.compile(r"type|typ\b|unit|date|status|value|kwh|mwh")
_CHANNEL: Final = re.compile(
    r"type|channel|kanal|direction|richtung|register|obis|measure|metric|grandeur|sens\b|consumption surplus"
)
_QUALITY: Final = re.compile(
    r"status|qualit|calidad|flag|estimated|estimado|metodo|ersatz|kennzeich|nature|validi|\bactual\b|indice|quality"
)
_SUMMER: Final = re.compile(
    r"\bdst\b|summer|sommer|verano|zomer|sommar|estate\b|verao|letni|\byay\b|mesz"
    r"|\bcest\b|ete\b|daylight|s/w|zeitzone|timezone|time zone|\btz\b"
)
_REGISTER: Final = re.compile(
    r"[1-9]\.8\.\d|zahlerstand|standing|meter reading"
    r"|\bindex\b|total yield|cumulat|kumul|\bcounter\b|\bstand\b|lifetime|lectura"
)
_END: Final = re.compile(r"\bend|ende\b|\bbis\b|\bfin\b|\bto\b|hasta|\btot\b|slut|\buntil\b")
_START: Final = re.compile(r"\bstart|\bvon\b|\bfrom\b|debut|inicio|\bdesde\b|begin|\bvan\b|\bab\b")
_INTERVAL: Final = re.compile(
    r"\bhora\b|\bhour|interval|period|settlement|\bsp\b|stunde|position|\bperiode\b|\bheure\b|saat"
)

_UNITS: Final = re.compile(r"unit|einheit|unidad|\buom\b|eenheid|enhet|birim|vahid|jednostka")

SUMMER_PAIRS: Final[tuple[Mapping[str, str], ...]] = (
    {"S": "summer", "W": "winter"},
    {"MESZ": "summer", "MEZ": "winter"},
    {"CEST": "summer", "CET": "winter"},
    {"BST": "summer", "GMT": "winter"},
    {"1": "summer", "0": "winter"},
    {"Y": "summer", "N": "winter"},
    {"true": "summer", "false": "winter"},
    {"True": "summer", "False": "winter"},
)
_FLAGS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("a", "actual", "measured", "m", "r", "real", "gemessen", "wahrer wert", "mesure"), MEASURED),
    **dict.fromkeys(("e", "estimated", "estimada", "estimado", "estimate", "geschatzt", "estime"), ESTIMATED),
    **dict.fromkeys(("substituted", "substitute", "ersatzwert"), SUBSTITUTED),
}
_PLAIN_LETTERS: Final = ({"a"}, {"r"}, {"m"}, {"a", "e"}, {"r", "e"}, {"m", "e"})


def plain(text: str) -> str:
    """A text in small letters, without accents.

    Example:
        >>> plain("Zählerstand (kWh)")
        'zahlerstand (kwh)'
    """
    apart = unicodedata.normalize("NFKD", text.strip().lower())
    return "".join(item for item in apart if not unicodedata.combining(item)).replace("_", " ")


def unit_in(text: str) -> str | None:
    """The unit of energy or power that a header, or a cell of a row of units, names.

    Example:
        >>> unit_in("Einspeisung [kWh]"), unit_in("price EUR/MWh"), unit_in("net")
        ('kWh', None, None)
    """
    if is_other_unit(text):
        return None
    found = _UNIT.findall(text.replace("_", " "))
    return _SPELLED.get(found[-1].lower()) if found else None


def is_other_unit(text: str) -> bool:
    """Whether a header names a quantity that is neither energy nor power, such as a price or a temperature."""
    return bool(_OTHER_UNIT.search(text))


def role_in(text: str) -> str | None:
    """The role that a header names, or None.

    Example:
        >>> role_in("Netzbezug [kWh]"), role_in("Einspeisung"), role_in("Generation")
        ('import', 'export', None)
    """
    words = plain(text)
    if _OWN_USE.search(words):
        return None
    found = [role for role, pattern in _ROLES if re.search(pattern, words)]
    if found[:1] == ["net"] and len(found) > 1:
        found = found[1:]
    return found[0] if len(found) == 1 else None


def is_generation(text: str) -> bool:
    """Whether a header names generation, which may be net, gross or exported."""
    return bool(_GENERATION.search(plain(text)))


def is_reactive(text: str) -> bool:
    """Whether a header or a channel is of reactive energy."""
    return bool(_REACTIVE.search(plain(text)))


def names_meter(header: str) -> bool:
    """Whether a header is that of a meter's id."""
    words = plain(header)
    return bool(_METER.search(words)) and not _NO_METER.search(words)


def names_channel(header: str) -> bool:
    """Whether a header is that of a column of channels."""
    return bool(_CHANNEL.search(plain(header)))


def names_quality(header: str) -> bool:
    """Whether a header is that of a column of flags of quality."""
    return bool(_QUALITY.search(plain(header)))


def names_units(header: str) -> bool:
    """Whether a header is that of a column of units."""
    return bool(_UNITS.search(plain(header)))


def names_summer(header: str) -> bool:
    """Whether a header is that of a column of summer time."""
    return bool(_SUMMER.search(plain(header)))


def names_register(header: str) -> bool:
    """Whether a header names the standing of a register."""
    return bool(_REGISTER.search(plain(header)))


def names_end(header: str) -> bool:
    """Whether a header names the end of a step."""
    return bool(_END.search(plain(header)))


def names_start(header: str) -> bool:
    """Whether a header names the start of a step."""
    return bool(_START.search(plain(header)))


def names_interval(header: str) -> bool:
    """Whether a header names the number of a step within its day."""
    return bool(_INTERVAL.search(plain(header)))


def names_winter(header: str) -> bool:
    """Whether a header names a time without summer time, such as CET."""
    return bool(_WINTER.search(plain(header)))


def names_utc(header: str) -> bool:
    """Whether a header says that times are UTC."""
    return bool(re.search(r"\b(?:utc|gmt)\b", plain(header)))


def quality_of(flags: set[str]) -> dict[str, str]:
    """What flags mean, as far as their words say so: single letters alone where all of them are common ones.

    Example:
        >>> quality_of({"Actual", "x"}), quality_of({"A", "E"}), quality_of({"S", "W"})
        ({'Actual': 'measured'}, {'A': 'measured', 'E': 'estimated'}, {})
    """
    letters = {plain(flag) for flag in flags if len(flag) == 1}
    known = {flag: _FLAGS[plain(flag)] for flag in sorted(flags) if plain(flag) in _FLAGS}
    return {flag: word for flag, word in known.items() if len(flag) > 1 or letters in _PLAIN_LETTERS}
