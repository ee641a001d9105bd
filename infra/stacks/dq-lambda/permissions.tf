locals {
  statements = [
    {
      Sid      = "ReadTheStream"
      Effect   = "Allow"
      Action   = ["kinesis:DescribeStream", "kinesis:DescribeStreamSummary", "kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:ListShards"]
      Resource = module.naming.stream.arn
    },
    {
      Sid      = "KeepWhatIsRefused"
      Effect   = "Allow"
      Action   = "s3:PutObject"
      Resource = [for kind in local.kinds : "${local.zone.arn}/${kind}/*"]
    },
    {
      Sid      = "KnowTheQualityTogether"
      Effect   = "Allow"
      Action   = ["s3:GetObject", "s3:PutObject"]
      Resource = "${local.zone.arn}/state/quality.json"
    },
    {
      # Done by Lambda itself in the function's name, for batches that it gives up.
      Sid      = "KeepWhatCouldNotBeProcessed"
      Effect   = "Allow"
      Action   = "s3:PutObject"
      Resource = "${local.zone.arn}/aws/lambda/*"
    },
    {
      # Lambda asks for it before it keeps a batch there; without it an object that is missing looks like one that is forbidden.
      Sid      = "LookIntoTheZone"
      Effect   = "Allow"
      Action   = "s3:ListBucket"
      Resource = local.zone.arn
    },
    {
      Sid      = "TellOfQuality"
      Effect   = "Allow"
      Action   = "events:PutEvents"
      Resource = module.naming.bus.arn
    },
  ]
}
