"""IAM and SSM parameters."""

from typing import Any

from local_cloud.clients import Clients

from .outcome import Action, Outcome, found, given
from .values import Values

_MISSING = {"NoSuchEntity"}


def role(clients: Clients, values: Values) -> Outcome:
    """aws_iam_role."""
    iam, name = clients.client("iam"), values.text("name")
    trust = values.document("assume_role_policy")
    present = found(lambda: iam.get_role(RoleName=name)["Role"], _MISSING)
    if present is None:
        made = iam.create_role(
            RoleName=name,
            AssumeRolePolicyDocument=values.text("assume_role_policy"),
            **given(Path=values.optional_text("path"), Description=values.optional_text("description")),
        )
        return Outcome(Action.CREATED, name, made["Role"]["Arn"])
    if present["AssumeRolePolicyDocument"] == trust:
        return Outcome(Action.UNCHANGED, name, present["Arn"])
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=values.text("assume_role_policy"))
    return Outcome(Action.UPDATED, name, present["Arn"])


def role_policy(clients: Clients, values: Values) -> Outcome:
    """aws_iam_role_policy."""
    iam, name, role_name = clients.client("iam"), values.text("name"), values.text("role")
    wanted = values.document("policy")
    present = found(lambda: iam.get_role_policy(RoleName=role_name, PolicyName=name)["PolicyDocument"], _MISSING)
    if present == wanted:
        return Outcome(Action.UNCHANGED, f"{role_name}:{name}")
    iam.put_role_policy(RoleName=role_name, PolicyName=name, PolicyDocument=values.text("policy"))
    return Outcome(Action.UPDATED if present else Action.CREATED, f"{role_name}:{name}")


def policy(clients: Clients, values: Values) -> Outcome:
    """aws_iam_policy. A changed document becomes the only version, as IAM keeps five at most."""
    iam, name, path = clients.client("iam"), values.text("name"), values.optional_text("path") or "/"
    wanted = values.document("policy")
    local = iam.get_paginator("list_policies").paginate(Scope="Local")
    present = next((each for page in local for each in page["Policies"] if each["PolicyName"] == name), None)
    if present is None:
        made = iam.create_policy(PolicyName=name, Path=path, PolicyDocument=values.text("policy"))
        return Outcome(Action.CREATED, made["Policy"]["Arn"], made["Policy"]["Arn"])
    arn, version = present["Arn"], present["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    if document == wanted:
        return Outcome(Action.UNCHANGED, arn, arn)
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=values.text("policy"), SetAsDefault=True)
    iam.delete_policy_version(PolicyArn=arn, VersionId=version)
    return Outcome(Action.UPDATED, arn, arn)


def role_policy_attachment(clients: Clients, values: Values) -> Outcome:
    """aws_iam_role_policy_attachment."""
    iam, role_name, arn = clients.client("iam"), values.text("role"), values.text("policy_arn")
    pages = iam.get_paginator("list_attached_role_policies").paginate(RoleName=role_name)
    if any(each["PolicyArn"] == arn for page in pages for each in page["AttachedPolicies"]):
        return Outcome(Action.UNCHANGED, f"{role_name}:{arn}")
    iam.attach_role_policy(RoleName=role_name, PolicyArn=arn)
    return Outcome(Action.CREATED, f"{role_name}:{arn}")


def parameter(clients: Clients, values: Values) -> Outcome:
    """aws_ssm_parameter."""
    ssm, name = clients.client("ssm"), values.text("name")
    kind = values.text("type")
    value = values.optional_text("value") or values.optional_text("insecure_value") or values.text("value")
    present = found(lambda: _parameter(ssm, name), {"ParameterNotFound"})
    if present and (present["Value"], present["Type"]) == (value, kind):
        return Outcome(Action.UNCHANGED, name, present["ARN"])
    description = given(Description=values.optional_text("description"))
    ssm.put_parameter(Name=name, Value=value, Type=kind, Overwrite=True, **description)
    return Outcome(Action.UPDATED if present else Action.CREATED, name, _parameter(ssm, name)["ARN"])


def _parameter(ssm: Any, name: str) -> dict[str, str]:
    parameter: dict[str, str] = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]
    return parameter
