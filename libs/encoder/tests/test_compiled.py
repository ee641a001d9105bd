"""Whether there is something to test: without the encoder its tests are skipped, and only a missing compiler excuses that."""

import shutil

from coattail_connector.frames.encoding import COMPILED


def test_where_there_is_a_compiler_it_is_compiled() -> None:
    assert COMPILED or shutil.which("cc") is None
