locals {
  # Only tasks of this account may take the roles on: without the conditions any account's tasks could be made to.
  assumed_by_tasks = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = var.environment.account_id } }
    }]
  })

  pull_and_log = [
    {
      Sid    = "SignInToTheImageRegistry"
      Effect = "Allow"
      Action = "ecr:GetAuthorizationToken"
      # AWS knows no resource for this action.
      Resource = "*"
    },
    {
      Sid      = "PullTheImage"
      Effect   = "Allow"
      Action   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
      Resource = module.image.arn
    },
    {
      Sid      = "WriteTheLog"
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = "${var.naming.logs_arn}:log-group:${aws_cloudwatch_log_group.service.name}:log-stream:*"
    },
  ]

  read_secrets = [for arns in [values(var.secrets)] : {
    Sid      = "ReadTheSecretSettings"
    Effect   = "Allow"
    Action   = "ssm:GetParameters"
    Resource = arns
  } if length(arns) > 0]
}

resource "aws_iam_role" "execution" {
  name               = "${local.full_name}-execution"
  description        = "What ECS does to start ${var.name}: pull its image, write its log"
  assume_role_policy = local.assumed_by_tasks
}

resource "aws_iam_role_policy" "execution" {
  name   = "start"
  role   = aws_iam_role.execution.name
  policy = jsonencode({ Version = "2012-10-17", Statement = concat(local.pull_and_log, local.read_secrets) })
}

resource "aws_iam_role" "task" {
  name               = "${local.full_name}-task"
  description        = "What ${var.name} itself does"
  assume_role_policy = local.assumed_by_tasks
}

resource "aws_iam_role_policy" "task" {
  name   = "work"
  role   = aws_iam_role.task.name
  policy = jsonencode({ Version = "2012-10-17", Statement = var.task_statements })
}
