"""The order in which a stack's resources can be created: Terraform's own graph, sorted."""

import re
from collections.abc import Iterable
from graphlib import TopologicalSorter

_EDGE = re.compile(r'^\s*"(?P<dependent>[^"]+)" -> "(?P<needed>[^"]+)";$', re.MULTILINE)
_INSTANCE = re.compile(r"\[(?:\d+|\"[^\"]*\")\]")


def in_dependency_order(addresses: Iterable[str], graph: str) -> list[str]:
    """Sort resource addresses so that each comes after what it refers to; equals come in alphabetical order.

    `graph` is the output of `terraform graph`, whose nodes are resources without their instance keys.
    """
    by_node: dict[str, list[str]] = {}
    for address in addresses:
        by_node.setdefault(_INSTANCE.sub("", address), []).append(address)
    sorter: TopologicalSorter[str] = TopologicalSorter({node: set() for node in by_node})
    for edge in _EDGE.finditer(graph):
        sorter.add(edge["dependent"], edge["needed"])
    sorter.prepare()
    ordered: list[str] = []
    while sorter.is_active():
        for node in sorted(sorter.get_ready()):
            ordered += sorted(by_node.get(node, ()), key=_natural)
            sorter.done(node)
    return ordered


def _natural(address: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", address)]
