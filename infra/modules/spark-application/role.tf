locals {
  log_statements = [
    {
      Sid      = "WriteTheLog"
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
      Resource = "${aws_cloudwatch_log_group.jobs.arn}:*"
    },
    {
      Sid    = "FindTheLogGroup"
      Effect = "Allow"
      Action = "logs:DescribeLogGroups"
      # A listing: the narrowest resource it takes is all log groups of the region.
      Resource = "${var.logs_arn}:log-group:*"
    },
  ]
}

resource "aws_iam_role" "job" {
  name        = "${var.full_name}-job"
  description = "What the Spark jobs of ${var.name} do"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "emr-serverless.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = var.account_id } }
    }]
  })
}

resource "aws_iam_role_policy" "job" {
  name   = "work"
  role   = aws_iam_role.job.name
  policy = jsonencode({ Version = "2012-10-17", Statement = concat(var.job_statements, local.log_statements) })
}
