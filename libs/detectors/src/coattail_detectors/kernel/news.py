"""What detectors are shown."""

from collections.abc import Mapping

import msgspec

from coattail_common.ids import Market, Ranges
from coattail_detectors.kernel.observed import Bar, MarketFills


class News(msgspec.Struct, frozen=True, kw_only=True):
    """What has come since the last time: each trade once, in the fills that are worth a look and in its bar.

    `watermarks`, exchange → UTC µs: no trade before it will come in time. `fills` are by ascending id within a market. `seen`
    are the ids of each market that have come until now, fills or not.
    """

    fills: tuple[MarketFills, ...] = ()
    bars: tuple[Bar, ...] = ()
    watermarks: Mapping[str, int] = {}
    seen: Mapping[Market, Ranges] = {}
