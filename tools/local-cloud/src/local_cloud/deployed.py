"""What deployments have made, by stack and Terraform address: for those who need an id that the API chose."""

from pathlib import Path

import msgspec

from .errors import CloudError

_EMR_APPLICATION = "aws_emrserverless_application"


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """`id` is the API's; empty for a resource that was skipped."""

    type: str
    id: str
    arn: str | None = None
    skipped: bool = False


class Deployed(msgspec.Struct, frozen=True):
    """The entries of each stack, by Terraform address."""

    stacks: dict[str, dict[str, Entry]]

    def stack(self, name: str) -> dict[str, Entry]:
        """One stack's entries; none where it has not been deployed."""
        return self.stacks.get(name, {})

    def having(self, stack: str, address: str, entry: Entry) -> "Deployed":
        """This, with one entry more or again."""
        return Deployed(self.stacks | {stack: self.stack(stack) | {address: entry}})

    def one(self, resource_type: str) -> Entry:
        """The only resource of a type. Raises `CloudError` when there is none, or more than one."""
        every = (entry for entries in self.stacks.values() for entry in entries.values())
        found = [entry for entry in every if entry.type == resource_type]
        if len(found) != 1:
            raise CloudError(f"{len(found)} resources of type {resource_type} are deployed, one was asked for")
        return found[0]

    @property
    def emr_application_id(self) -> str:
        """The EMR Serverless application's id."""
        return self.one(_EMR_APPLICATION).id


def load(path: Path) -> Deployed:
    """Reads deployed.json. Raises `CloudError` when nothing has been deployed, or the file is broken."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Deployed)
    except FileNotFoundError:
        raise CloudError(f"nothing has been deployed yet ({path} is not there): run `local-cloud deploy`") from None
    except msgspec.DecodeError as error:
        raise CloudError(f"{path} is broken ({error}): delete it and run `local-cloud deploy`") from error


def save(path: Path, deployed: Deployed) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    draft.write_bytes(msgspec.json.format(msgspec.json.encode(deployed), indent=2))
    draft.replace(path)
