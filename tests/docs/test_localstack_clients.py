"""What talks to LocalStack by boto3 has its clients of `local_cloud.clients`, which makes them by localstack-client."""

import re
from pathlib import Path
from typing import Final

_BY_HAND: Final = re.compile(r"\bboto3\.(?:client|resource|session|Session)\b")
_OF_THE_CLOUD: Final = ("tools/local-cloud/src/", "tools/demo/src/")


def test_clients_of_localstack_are_made_in_one_way(project_files: list[Path], root: Path) -> None:
    """The asynchronous clients of the writer's tests and of the demo stay: localstack-client has none."""
    texts = {path.relative_to(root).as_posix(): path.read_text() for path in project_files if path.suffix == ".py"}
    local = {
        name: text
        for name, text in texts.items()
        if name.startswith(_OF_THE_CLOUD)
        or ("mark.localstack" in text and name != Path(__file__).relative_to(root).as_posix())
    }

    assert len(local) > 40
    assert [name for name, text in local.items() if _BY_HAND.search(text)] == []
    assert [
        name for name, text in local.items() if "import localstack_client" in text or "from localstack_client" in text
    ] == ["tools/local-cloud/src/local_cloud/clients.py"]
