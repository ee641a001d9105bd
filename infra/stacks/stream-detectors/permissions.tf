locals {
  buckets = module.naming.buckets

  job_statements = [
    {
      Sid      = "ReadTheStream"
      Effect   = "Allow"
      Action   = ["kinesis:DescribeStreamSummary", "kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:ListShards"]
      Resource = module.naming.stream.arn
    },
    {
      Sid      = "ListTheLakeAndTheCheckpoints"
      Effect   = "Allow"
      Action   = ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"]
      Resource = [local.buckets.lake.arn, local.buckets.checkpoints.arn]
    },
    {
      Sid    = "WriteTheLakeAndTheCheckpoints"
      Effect = "Allow"
      Action = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"]
      Resource = [
        "${local.buckets.lake.arn}/warehouse/*",
        "${local.buckets.checkpoints.arn}/${local.service}/*",
      ]
    },
    {
      Sid      = "ListItsCode"
      Effect   = "Allow"
      Action   = ["s3:GetBucketLocation", "s3:ListBucket"]
      Resource = local.buckets.artifacts.arn
    },
    {
      Sid      = "ReadItsCode"
      Effect   = "Allow"
      Action   = "s3:GetObject"
      Resource = "${local.buckets.artifacts.arn}/${local.service}/*"
    },
    {
      Sid      = "KeepItsTablesInTheCatalogue"
      Effect   = "Allow"
      Action   = ["glue:CreateTable", "glue:GetDatabase", "glue:GetTable", "glue:GetTables", "glue:UpdateTable"]
      Resource = [module.naming.database.catalog, module.naming.database.arn, module.naming.database.tables_arn]
    },
    {
      Sid      = "RaiseAlerts"
      Effect   = "Allow"
      Action   = "events:PutEvents"
      Resource = module.naming.bus.arn
    },
  ]
}
