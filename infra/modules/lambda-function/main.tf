# A service of ours on Lambda: a Python zip from the bucket of artifacts, its log, and a role that may do what is said.

locals {
  full_name = "${var.naming.prefix}-${var.name}"

  powertools = {
    POWERTOOLS_SERVICE_NAME      = var.name
    POWERTOOLS_METRICS_NAMESPACE = "CoatTail"
    POWERTOOLS_LOG_LEVEL         = "INFO"
  }
}

resource "aws_cloudwatch_log_group" "function" {
  name              = "/aws/lambda/${local.full_name}"
  retention_in_days = var.log_retention_days
}

resource "aws_lambda_function" "this" {
  function_name = local.full_name
  description   = var.description
  role          = aws_iam_role.function.arn
  package_type  = "Zip"
  runtime       = "python3.13"
  architectures = ["arm64"]
  handler       = var.handler
  s3_bucket     = var.naming.buckets.artifacts.name
  s3_key        = "${var.name}/${var.code_version}.zip"
  memory_size   = var.memory_size
  timeout       = var.timeout

  environment {
    variables = merge(local.powertools, var.settings)
  }

  # A function that is called before its role may do anything fails; one that logs before its group is there makes one that keeps for ever.
  depends_on = [aws_iam_role_policy.function, aws_cloudwatch_log_group.function]
}
