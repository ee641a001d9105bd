"""Ids for rows that have none.

A made id is the trade's millisecond × 10⁶ + its position among its market's trades of that millisecond, in the order of the given
files and their rows. It does not depend on where a file is cut. Two equal fills stay two. The fills of one millisecond are
consecutive, as a sweep's are. Overlapping files without ids cannot be recognised.
"""

from typing import Final

IDS_A_MILLISECOND: Final = 1_000_000
