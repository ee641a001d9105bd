"""pyarrow, without its types: the stubs cannot tell an array from a scalar where they do not know what it holds."""

from typing import Any, Final

import pyarrow
import pyarrow.compute
import pyarrow.csv

arrow: Final[Any] = pyarrow
compute: Final[Any] = pyarrow.compute
csv: Final[Any] = pyarrow.csv
