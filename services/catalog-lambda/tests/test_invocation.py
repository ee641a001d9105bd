"""Who invoked the Lambda is read from whatever it is given."""

import json

import pytest

from catalog_lambda.invocation import DIRECT, Detail, Invocation, read

SCHEDULED = '{"version":"0","detail-type":"Scheduled Event","source":"aws.events","resources":["arn"],"detail":{}}'
REQUESTED = '{"detail-type":"catalog.requested","source":"operator","detail":{"occurred_at":1,"requested_by":"ana"}}'


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (SCHEDULED, Invocation("Scheduled Event")),
        ('{"detail-type":"Scheduled Event"}', Invocation("Scheduled Event")),
        (REQUESTED, Invocation("catalog.requested", Detail("ana"))),
        ("{}", Invocation(DIRECT)),
        ("null", Invocation(DIRECT)),
        ('["what"]', Invocation(DIRECT)),
        ('{"detail-type":"catalog.requested","detail":{"requested_by":7}}', Invocation(DIRECT)),
    ],
)
def test_an_invocation(event: str, expected: Invocation) -> None:
    assert read(json.loads(event)) == expected
