"""Inputs guided by coverage: Atheris, which is libFuzzer, keeps those that reach something else and goes on from them.

It takes a process as its own and ends it, so each target has one, which says on standard output how it goes.
"""

import importlib.util
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Final

import msgspec

from fuzz.mutation import TOKENS, words
from fuzz.recorded import recorded
from fuzz.run import Finding, Order, Run, Told
from fuzz.target import Target

ENGINE: Final = "guided"
_ROOT: Final = Path(__file__).parents[1]
_SLOWEST_SECONDS: Final = 20
_MOST_MB: Final = 1_024
_LAST_LINES: Final = 3
_REACHED: Final = re.compile(r"cov: (\d+) ft: \d+ corp: (\d+)/")


def installed() -> bool:
    """Whether Atheris is there: its wheels are for Linux on x86_64."""
    return importlib.util.find_spec("atheris") is not None


def run(
    target: Target,
    inputs: int,
    seed: int,
    folder: Path,
    told: Callable[[int], None] = lambda _: None,
    module: str = "fuzz.targets",
) -> Run:
    """Put so many inputs to the target, which is one of `module.TARGETS`. `told` hears now and then how many it were."""
    folder.mkdir(parents=True, exist_ok=True)
    first = [*target.simulated, *recorded(target.recorded, target.most_bytes)]
    with tempfile.TemporaryDirectory() as temporary:
        order = Order(
            module=module,
            name=target.name,
            inputs=inputs,
            seed=seed,
            folder=str(folder),
            arguments=_arguments(target, first, inputs, seed, folder, Path(temporary)),
        )
        log = folder / f"{target.name}.log"
        began = time.monotonic()
        with log.open("wb") as messages:
            last, code = _watch(order, messages, told)
        seconds = round(time.monotonic() - began, 1)
    text = log.read_text(errors="replace")
    findings = last.findings
    if code != 0 or last.inputs < inputs:
        findings += (_broke_off(target.name, code, text, folder),)
    reached = _REACHED.findall(text)
    return Run(
        target=target.name,
        engine=ENGINE,
        inputs=last.inputs,
        seconds=seconds,
        said=dict(sorted(last.said.items())),
        findings=findings,
        edges=int(reached[-1][0]) if reached else None,
        corpus=int(reached[-1][1]) if reached else None,
    )


def _watch(order: Order, messages: IO[bytes], told: Callable[[int], None]) -> tuple[Told, int]:
    """What the process said last, and its exit code."""
    last = Told(0, {}, ())
    command = [sys.executable, "-m", "fuzz.guided_process", msgspec.json.encode(order).decode()]
    with subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, stderr=messages) as process:
        assert process.stdout is not None  # noqa: S101  (it is a pipe)
        try:
            for line in process.stdout:
                if line.startswith(b'{"inputs":'):
                    last = msgspec.json.decode(line, type=Told)
                    told(last.inputs)
        except KeyboardInterrupt:
            process.terminate()
            raise
    return last, process.returncode


def _arguments(
    target: Target, first: Sequence[bytes], inputs: int, seed: int, folder: Path, temporary: Path
) -> tuple[str, ...]:
    """libFuzzer's options: https://llvm.org/docs/LibFuzzer.html#options."""
    corpus = temporary / "corpus"
    corpus.mkdir()
    for number, content in enumerate(first):
        (corpus / f"{number:06}").write_bytes(content)
    dictionary = temporary / "dictionary"
    dictionary.write_text("".join(f'"{_escaped(word)}"\n' for word in [*TOKENS, *words(first)]))
    return (
        f"-runs={inputs}",
        f"-seed={seed + 1}",  # 0 would be another one each time
        f"-max_len={target.most_bytes}",
        "-len_control=0",  # long ones from the beginning on
        f"-timeout={_SLOWEST_SECONDS}",
        f"-rss_limit_mb={_MOST_MB}",
        f"-artifact_prefix={folder / target.name}-",
        f"-dict={dictionary}",
        str(corpus),
    )


def _escaped(word: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word)


def _broke_off(name: str, code: int, log: str, folder: Path) -> Finding:
    """A process that did not get to its end: a crash of the interpreter, an input that takes too long or too much memory."""
    inputs = [path for kind in ("crash", "timeout", "oom") for path in sorted(folder.glob(f"{name}-{kind}-*"))]
    newest = max(inputs, key=lambda path: path.stat().st_mtime, default=None)
    said = " / ".join(log.strip().splitlines()[-_LAST_LINES:])
    what = f"the process broke off with code {code}: {said}"
    return Finding(what[:300], f"{name}.log", 1, str(newest) if newest is not None else "")
