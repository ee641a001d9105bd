"""What detectors are shown."""

from collections.abc import Mapping, Sequence

import msgspec

from coattail_common.ids import Market, Ranges
from coattail_detectors.kernel.finding import Finding
from coattail_detectors.kernel.module import Feed, Module
from coattail_detectors.kernel.observed import Bar, MarketFills


class DetectorInput(msgspec.Struct, frozen=True, kw_only=True):
    """What has come since the last time: each trade once, in the fills that are worth a look and in its bar.

    `watermarks`, exchange → UTC µs: no trade before it will come in time. `fills` are by ascending id within a market. `seen`
    are the ids of each market that have come until now, fills or not. `findings` are those of the modules that this one depends on,
    over the same input; a module that is not shown findings has none.
    """

    fills: tuple[MarketFills, ...] = ()
    bars: tuple[Bar, ...] = ()
    watermarks: Mapping[str, int] = {}
    seen: Mapping[Market, Ranges] = {}
    findings: tuple[Finding, ...] = ()

    def for_module(self, module: Module, found: Mapping[str, Sequence[Finding]]) -> "DetectorInput":
        """Return what `module` is shown, `found` being what the modules before it found in the same input, by their ids."""
        if Feed.FINDINGS not in module.inputs:
            return self
        findings = tuple(one for module_id in module.dependencies for one in found.get(module_id, ()))
        return msgspec.structs.replace(self, findings=findings)
