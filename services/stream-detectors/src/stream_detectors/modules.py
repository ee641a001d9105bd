"""What the modules go on from: the states in a checkpoint, where they fit the modules that run now.

A state fits when it was sealed under the settings that it depends on. One that does not is dropped, and its module begins in
the middle of the stream: what it may have seen only half of, a window or a sweep, it does not state.
"""

from collections.abc import Sequence

import msgspec
from aws_lambda_powertools import Logger

from coattail_detectors.kernel.base import BaseDetector
from stream_detectors.checkpoint import Checkpoint


def go_on(detectors: Sequence[BaseDetector], checkpoint: Checkpoint, log: Logger) -> None:
    """Give each detector its state from the checkpoint. Log in one line each state that is dropped, and each module that begins late."""
    until = checkpoint.seen_until()
    for detector in detectors:
        reason = _restored(detector, checkpoint)
        if reason is not None and until:
            detector.missed(until)
            log.warning("module begins without its state", module_id=detector.module.module_id, reason=reason)
    running = {one.module.module_id for one in detectors}
    for module_id in sorted(set(checkpoint.modules) - running):
        log.warning("module state dropped", module_id=module_id, reason="the module is switched off")


def _restored(detector: BaseDetector, checkpoint: Checkpoint) -> str | None:
    """Restore the detector; return why not."""
    module_id = detector.module.module_id
    state, depended_on = checkpoint.modules.get(module_id), checkpoint.depends_on.get(module_id)
    if state is None:
        return "the checkpoint has no state of it: it was switched off, or is new"
    depends_on = detector.depends_on()
    if depended_on is not None and msgspec.json.decode(depended_on) != msgspec.json.decode(depends_on):
        return f"the state was made with {bytes(depended_on).decode()}, and the features say {depends_on.decode()}"
    try:
        detector.restore(bytes(state))
    except (ValueError, TypeError, KeyError) as error:
        return f"the state cannot be read: {error}"
    return None
