"""Start-up of the application."""

from coattail_detectors.kernel.errors import FeaturesError
from coattail_runtime.settings import read, refuse
from stream_detectors.application import run
from stream_detectors.checkpoint import CheckpointDamagedError
from stream_detectors.settings import Settings


def main() -> None:
    """Read the settings and run."""
    settings = read(Settings)
    try:
        run(settings)
    except (FeaturesError, CheckpointDamagedError) as error:
        refuse(str(error))


if __name__ == "__main__":
    main()
