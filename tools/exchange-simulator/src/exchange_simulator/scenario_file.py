"""Reading a scenario from a YAML file, with errors that name the file, the key and the keys that would be right."""

import math
import re
from pathlib import Path
from typing import get_args

import msgspec

from exchange_simulator.errors import UsageError
from exchange_simulator.misbehaviour import PlannedMisbehaviour
from exchange_simulator.plans import EventPlan
from exchange_simulator.scenario import MarketPlan, Scenario

_UNKNOWN_FIELD = re.compile(r"unknown field `(?P<key>[^`]*)`(?: - at `\$(?:\.(?P<list>\w+))?.*`)?")
_LISTED: dict[str, tuple[type[msgspec.Struct], ...]] = {
    "markets": (MarketPlan,),
    "events": get_args(EventPlan),
    "misbehave": (PlannedMisbehaviour,),
}


def load_scenario(path: Path) -> Scenario:
    """Decode a scenario file.

    Raises:
        UsageError: the file is missing, empty, not YAML, or says something a scenario cannot mean.
    """
    try:
        text = path.read_bytes()
    except OSError as error:
        raise UsageError(f"scenario {path}: {error.strerror or error}; give the path of a YAML file") from error
    if not text.strip():
        raise UsageError(f"scenario {path} is empty; it needs at least `markets:`")
    try:
        scenario = msgspec.yaml.decode(text, type=Scenario)
    except msgspec.ValidationError as error:
        raise UsageError(f"scenario {path}: {explain(error)}") from error
    except msgspec.DecodeError as error:
        raise UsageError(f"scenario {path} is not YAML: {' '.join(str(error).split())}") from error
    if place := endless(msgspec.to_builtins(scenario)):
        raise UsageError(f"scenario {path}: {place} is no finite number")
    return scenario


def endless(value: object, place: str = "") -> str | None:
    """Where a number is NaN or endless, which no comparison refuses; None where each is finite."""
    if isinstance(value, float):
        return place if not math.isfinite(value) else None
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list | tuple) else ()
    found = (endless(part, f"{place}.{name}".lstrip(".")) for name, part in parts)
    return next((one for one in found if one), None)


def explain(error: msgspec.ValidationError, whole: type[msgspec.Struct] = Scenario) -> str:
    """The decoder's message, and for an unknown key the keys that are valid at that place."""
    unknown = _UNKNOWN_FIELD.search(str(error))
    if unknown is None:
        return str(error)
    structs = _LISTED.get(unknown["list"] or "", (whole,))
    keys = {field.encode_name for struct in structs for field in msgspec.structs.fields(struct)}
    tags = {field for struct in structs if (field := struct.__struct_config__.tag_field)}
    place = f" in {unknown['list']}" if unknown["list"] else ""
    return f"unknown key `{unknown['key']}`{place}; valid keys are: {', '.join(sorted(keys | tags))}"
