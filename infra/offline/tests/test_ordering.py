"""The order of creation."""

from infra.offline.ordering import in_dependency_order

GRAPH = """
digraph G {
  rankdir = "RL";
  node [shape = rect, fontname = "sans-serif"];
  "aws_bus.b" [label="aws_bus.b"];
  subgraph "cluster_module.tap" {
    "module.tap.aws_queue.q" [label="aws_queue.q"];
  }
  "module.tap.aws_rule.r" -> "aws_bus.b";
  "module.tap.aws_policy.a" -> "module.tap.aws_queue.q";
  "module.tap.aws_policy.a" -> "module.tap.aws_rule.r";
}
"""


def test_each_comes_after_what_it_refers_to() -> None:
    addresses = ["module.tap[0].aws_policy.a", "module.tap[0].aws_queue.q", "module.tap[0].aws_rule.r", "aws_bus.b"]

    ordered = in_dependency_order(addresses, GRAPH)

    assert ordered == [
        "aws_bus.b",
        "module.tap[0].aws_queue.q",
        "module.tap[0].aws_rule.r",
        "module.tap[0].aws_policy.a",
    ]


def test_instances_come_in_the_order_of_their_keys() -> None:
    addresses = [f"aws_x.y[{n}]" for n in (10, 2, 1)] + ['aws_x.z["b"]', 'aws_x.z["a"]']

    assert in_dependency_order(addresses, "") == [
        "aws_x.y[1]",
        "aws_x.y[2]",
        "aws_x.y[10]",
        'aws_x.z["a"]',
        'aws_x.z["b"]',
    ]
