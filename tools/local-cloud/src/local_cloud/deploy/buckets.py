"""S3."""

from typing import Any

from local_cloud.clients import Clients

from .outcome import Action, Outcome, found, given
from .values import Values


def bucket(clients: Clients, values: Values) -> Outcome:
    """aws_s3_bucket."""
    s3, name = clients.client("s3"), values.text("bucket")
    exists = found(lambda: s3.head_bucket(Bucket=name), {"404", "NoSuchBucket"}) is not None
    if not exists:
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": clients.region})
    return Outcome(Action.UNCHANGED if exists else Action.CREATED, name, f"arn:aws:s3:::{name}")


def versioning(clients: Clients, values: Values) -> Outcome:
    """aws_s3_bucket_versioning."""
    s3, name = clients.client("s3"), values.text("bucket")
    status = values.block("versioning_configuration").text("status")
    # S3 has no call that takes versioning away; "Disabled" is Terraform's word for leaving it alone.
    if status == "Disabled" or s3.get_bucket_versioning(Bucket=name).get("Status") == status:
        return Outcome(Action.UNCHANGED, name)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": status})
    return Outcome(Action.UPDATED, name)


def public_access_block(clients: Clients, values: Values) -> Outcome:
    """aws_s3_bucket_public_access_block."""
    s3, name = clients.client("s3"), values.text("bucket")
    wanted = {
        "BlockPublicAcls": values.flag("block_public_acls"),
        "BlockPublicPolicy": values.flag("block_public_policy"),
        "IgnorePublicAcls": values.flag("ignore_public_acls"),
        "RestrictPublicBuckets": values.flag("restrict_public_buckets"),
    }
    present = found(lambda: s3.get_public_access_block(Bucket=name), {"NoSuchPublicAccessBlockConfiguration"})
    if present and present["PublicAccessBlockConfiguration"] == wanted:
        return Outcome(Action.UNCHANGED, name)
    s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=wanted)
    return Outcome(Action.UPDATED, name)


def encryption(clients: Clients, values: Values) -> Outcome:
    """aws_s3_bucket_server_side_encryption_configuration."""
    s3, name = clients.client("s3"), values.text("bucket")
    rules = [
        given(
            ApplyServerSideEncryptionByDefault=given(
                SSEAlgorithm=default.text("sse_algorithm"),
                KMSMasterKeyID=default.optional_text("kms_master_key_id"),
            ),
            BucketKeyEnabled=rule.optional_flag("bucket_key_enabled"),
        )
        for rule in values.blocks("rule")
        for default in rule.blocks("apply_server_side_encryption_by_default")
    ]
    present = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
    if present == rules:
        return Outcome(Action.UNCHANGED, name)
    s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": rules})
    return Outcome(Action.UPDATED, name)


def lifecycle(clients: Clients, values: Values) -> Outcome:
    """aws_s3_bucket_lifecycle_configuration."""
    s3, name = clients.client("s3"), values.text("bucket")
    rules = [_lifecycle_rule(rule) for rule in values.blocks("rule")]
    present = found(lambda: s3.get_bucket_lifecycle_configuration(Bucket=name), {"NoSuchLifecycleConfiguration"})
    if present and present["Rules"] == rules:
        return Outcome(Action.UNCHANGED, name)
    s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": rules})
    return Outcome(Action.UPDATED, name)


def _lifecycle_rule(rule: Values) -> dict[str, Any]:
    limits = rule.optional_block("filter")
    upload = rule.optional_block("abort_incomplete_multipart_upload")
    noncurrent = rule.optional_block("noncurrent_version_expiration")
    expiration = rule.optional_block("expiration")
    return given(
        ID=rule.text("id"),
        Status=rule.text("status"),
        AbortIncompleteMultipartUpload=given(DaysAfterInitiation=upload.optional_number("days_after_initiation"))
        if upload
        else None,
        NoncurrentVersionExpiration=given(
            NoncurrentDays=noncurrent.optional_number("noncurrent_days"),
            NewerNoncurrentVersions=noncurrent.optional_number("newer_noncurrent_versions"),
        )
        if noncurrent
        else None,
        Expiration=given(Days=expiration.optional_number("days")) if expiration else None,
    ) | {"Filter": {"Prefix": (limits.optional_text("prefix") if limits else None) or ""}}
