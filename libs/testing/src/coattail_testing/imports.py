"""What a program imports, in a process of its own: the one that tests run in has imported most of it."""

import subprocess
import sys
from textwrap import indent


def loaded(program: str, *words: str) -> set[str]:
    """Return the modules that a program loads beside those of every Python. `words` are its arguments; it may end itself."""
    counted = (
        f"import sys\nbefore = set(sys.modules)\ntry:\n{indent(program, '    ')}\nexcept SystemExit:\n    pass\n"
        "print('\\n', *sorted(set(sys.modules) - before))"
    )
    told = subprocess.run([sys.executable, "-c", counted, *words], capture_output=True, text=True, check=True)
    return set(told.stdout.splitlines()[-1].split())
