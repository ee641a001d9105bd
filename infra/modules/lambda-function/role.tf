locals {
  log_statements = [{
    Sid      = "WriteTheLog"
    Effect   = "Allow"
    Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    Resource = "${var.naming.logs_arn}:log-group:${aws_cloudwatch_log_group.function.name}:log-stream:*"
  }]
}

resource "aws_iam_role" "function" {
  name        = local.full_name
  description = "What ${var.name} does"
  # Without a condition on the account: Lambda does not document that it tells it, and takes on roles of the function's account alone.
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "function" {
  name   = "work"
  role   = aws_iam_role.function.name
  policy = jsonencode({ Version = "2012-10-17", Statement = concat(var.statements, local.log_statements) })
}
