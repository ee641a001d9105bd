locals {
  # Read by Lambda itself in the function's name.
  of_kinesis = [
    {
      Sid      = "ReadTheStream"
      Effect   = "Allow"
      Action   = ["kinesis:DescribeStream", "kinesis:DescribeStreamSummary", "kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:ListShards"]
      Resource = module.naming.stream.arn
    },
    {
      # For batches that Lambda gives up.
      Sid      = "KeepWhatCouldNotBeProcessed"
      Effect   = "Allow"
      Action   = "s3:PutObject"
      Resource = "${local.zone.arn}/aws/lambda/*"
    },
  ]

  of_kafka = [
    {
      Sid      = "FindTheBrokers"
      Effect   = "Allow"
      Action   = ["kafka:DescribeCluster", "kafka:DescribeClusterV2", "kafka:GetBootstrapBrokers"]
      Resource = local.cluster_arn
    },
    {
      Sid      = "ReachTheBrokers"
      Effect   = "Allow"
      Action   = ["kafka-cluster:Connect", "kafka-cluster:DescribeClusterDynamicConfiguration"]
      Resource = local.cluster_arn
    },
    {
      Sid      = "ReadTheTopic"
      Effect   = "Allow"
      Action   = ["kafka-cluster:DescribeTopic", "kafka-cluster:ReadData"]
      Resource = "${replace(local.cluster_arn, ":cluster/", ":topic/")}/${module.naming.stream.name}"
    },
    {
      Sid      = "KeepItsPlaceInTheTopic"
      Effect   = "Allow"
      Action   = ["kafka-cluster:AlterGroup", "kafka-cluster:DescribeGroup"]
      Resource = "${replace(local.cluster_arn, ":cluster/", ":group/")}/${local.consumer_group}"
    },
    {
      # Lambda reads from inside the cluster's network. EC2 knows no narrower resource for what it looks up there.
      Sid      = "BeInTheClustersNetwork"
      Effect   = "Allow"
      Action   = ["ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs"]
      Resource = "*"
    },
  ]

  statements = concat([for statement in concat(local.of_kinesis, local.of_kafka) : statement if contains(local.on_kafka ? local.of_kafka[*].Sid : local.of_kinesis[*].Sid, statement.Sid)], [
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
  ])
}
