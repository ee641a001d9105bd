"""Builds the offline provider and lays it where Terraform looks for hashicorp/aws: a filesystem mirror.

All of it lies under `.local/terraform`, Go's module and build caches included, and is rebuilt only when the pinned
package, the extraction or the provider's sources change.
"""

import hashlib
import json
import os
import re
import subprocess
from pathlib import Path

from infra.offline import layout, prerequisites, schema, schema_json, schema_package
from infra.offline.errors import CheckError, SetupError
from infra.offline.schema_package import SchemaPackage

MIRROR = layout.LOCAL / "mirror"
CLI_CONFIG = layout.LOCAL / "terraform.tfrc"
_STAMP = layout.LOCAL / "provider.sha256"
_EXTRACTION = ("generated_code.py", "provider_build.py", "schema.py", "schema_json.py", "schema_package.py")


def ensure_built() -> None:
    """Make the provider, its mirror and Terraform's CLI configuration unless they are there and current.

    Raises SetupError when npm, Go or Terraform is missing or the network refuses what is fetched the first time.
    """
    prerequisites.require(prerequisites.TERRAFORM)
    digest = _inputs_digest()
    if _STAMP.exists() and _STAMP.read_text() == digest and CLI_CONFIG.exists():
        return
    prerequisites.require(prerequisites.GO, prerequisites.NPM)
    pin = SchemaPackage.read(layout.SCHEMA_PACKAGE)
    archive = schema_package.fetch(pin, layout.LOCAL / "package")
    schema_package.require_provider_version(pin, archive)
    directory = _mirror_directory(pin.provider_version)
    directory.mkdir(parents=True, exist_ok=True)
    extracted = schema.build(schema_package.typescript_sources(archive))
    schema.require_types(extracted, f"{pin.package}@{pin.version}")
    (directory / "schema.json").write_text(schema_json.encode(extracted))
    _compile(directory / f"terraform-provider-aws_v{pin.provider_version}")
    CLI_CONFIG.write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{MIRROR}"\n  }}\n}}\n')
    _STAMP.write_text(digest)


def check_sources() -> None:
    """Vet and test the provider's Go sources; raise CheckError with what Go says."""
    prerequisites.require(prerequisites.GO)
    for command in ("vet", "test"):
        done = _go(command, "./...")
        if done.returncode != 0:
            raise CheckError(f"go {command} failed in infra/offline/provider:\n{done.stdout}{done.stderr}".rstrip())


def _inputs_digest() -> str:
    sources = [layout.SCHEMA_PACKAGE, *(layout.SCHEMA_PACKAGE.with_name(name) for name in _EXTRACTION)]
    sources += [path for path in sorted(layout.PROVIDER_SOURCE.iterdir()) if path.is_file()]
    digest = hashlib.sha256(str(MIRROR).encode())
    for path in sources:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _mirror_directory(provider_version: str) -> Path:
    """Where Terraform looks for the provider: <its registry's name>/hashicorp/aws/<version>/<system>."""
    version = _terraform_json("version", "-json")
    probe = layout.LOCAL / "probe"
    probe.mkdir(parents=True, exist_ok=True)
    (probe / "main.tf").write_text(
        'terraform {\n  required_providers {\n    aws = { source = "hashicorp/aws" }\n  }\n}\n'
    )
    answer = _terraform("-chdir=" + str(probe), "providers")
    address = re.search(r"provider\[(\S+/hashicorp/aws)\]", answer)
    if address is None:
        raise SetupError("`terraform providers` did not name hashicorp/aws. Install Terraform again.")
    return MIRROR / address[1] / provider_version / str(version["platform"])


def _terraform(*arguments: str) -> str:
    # An empty CLI configuration: the user's own may be broken, and ours does not exist yet.
    environment = {**os.environ, "TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1"}
    return subprocess.run(
        ["terraform", *arguments], env=environment, capture_output=True, text=True, check=False
    ).stdout


def _terraform_json(*arguments: str) -> dict[str, object]:
    document: dict[str, object] = json.loads(_terraform(*arguments))
    return document


def _compile(executable: Path) -> None:
    done = _go("build", "-o", str(executable), ".")
    if done.returncode != 0:
        raise SetupError(
            f"the offline provider did not build. Try: cd infra/offline/provider && go build .\n{done.stderr}"
        )


def _go(*arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = {
        **os.environ,
        "CGO_ENABLED": "0",
        "GOCACHE": str(layout.LOCAL / "go" / "build"),
        "GOFLAGS": "-mod=readonly -modcacherw -buildvcs=false -trimpath",
        "GOMODCACHE": str(layout.LOCAL / "go" / "modules"),
        "GOTOOLCHAIN": "local",
    }
    return subprocess.run(
        ["go", *arguments], cwd=layout.PROVIDER_SOURCE, env=environment, capture_output=True, text=True, check=False
    )
