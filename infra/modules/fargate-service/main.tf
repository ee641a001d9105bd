# A service of ours on Fargate: not root, nothing writable but what is named, and a mix of on-demand and Spot.

locals {
  full_name = "${var.naming.prefix}-${var.name}"
  image     = "${module.image.url}:${var.image_tag}"

  # Groups of tasks that differ in a setting; without any, all are alike and go by the service's own name.
  alike  = { all = { settings = {}, desired_count = var.desired_count } }
  groups = { for group, tasks in(length(var.task_groups) > 0 ? var.task_groups : local.alike) : group => merge(tasks, { suffix = group == "all" ? "" : "-${group}" }) }

  live_probe = "import urllib.request; urllib.request.urlopen('http://127.0.0.1:${var.health_port}/health/live', timeout=2)"
}

module "image" {
  source = "../image-repository"
  name   = "${var.naming.prefix}/${var.name}"
}

resource "aws_cloudwatch_log_group" "service" {
  name              = "${var.naming.parameter_root}/${var.name}"
  retention_in_days = var.log_retention_days
}

resource "aws_ecs_task_definition" "service" {
  for_each                 = local.groups
  family                   = "${local.full_name}${each.value.suffix}"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.task.arn

  runtime_platform {
    cpu_architecture        = "ARM64"
    operating_system_family = "LINUX"
  }

  dynamic "volume" {
    for_each = var.writable_paths
    content {
      name = volume.key
    }
  }

  container_definitions = jsonencode([{
    name                   = var.name
    image                  = local.image
    essential              = true
    user                   = "10001:10001"
    readonlyRootFilesystem = true
    linuxParameters        = { initProcessEnabled = true, capabilities = { drop = ["ALL"] } }
    environment            = [for name, value in merge(var.settings, each.value.settings) : { name = name, value = value }]
    secrets                = [for name in sort(keys(var.secrets)) : { name = name, valueFrom = var.secrets[name] }]
    portMappings           = [for port in compact([var.served_port]) : { containerPort = tonumber(port), protocol = "tcp" }]
    mountPoints            = [for volume, path in var.writable_paths : { sourceVolume = volume, containerPath = path, readOnly = false }]

    healthCheck = {
      command     = ["CMD", "python", "-c", local.live_probe]
      interval    = 10
      timeout     = 5
      retries     = 3
      startPeriod = 30
    }

    # The longest that Fargate grants: as long as the notice before a Spot task is reclaimed.
    stopTimeout = 120

    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.service.name
        awslogs-region        = var.environment.region
        awslogs-stream-prefix = "task"
        mode                  = "non-blocking"
        max-buffer-size       = "4m"
      }
    }
  }])
}

resource "aws_ecs_service" "service" {
  for_each                           = aws_ecs_task_definition.service
  name                               = "${var.name}${local.groups[each.key].suffix}"
  cluster                            = var.naming.cluster.arn
  task_definition                    = each.value.arn
  desired_count                      = local.groups[each.key].desired_count
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  enable_ecs_managed_tags            = true
  propagate_tags                     = "SERVICE"

  capacity_provider_strategy {
    capacity_provider = "FARGATE"
    base              = var.on_demand_count
    weight            = 0
  }

  capacity_provider_strategy {
    capacity_provider = "FARGATE_SPOT"
    weight            = 1
  }

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  network_configuration {
    subnets          = var.environment.private_subnet_ids
    security_groups  = [aws_security_group.service.id]
    assign_public_ip = false
  }

  dynamic "service_registries" {
    for_each = var.registry_arn[*]
    content {
      registry_arn = service_registries.value
    }
  }

  # Tasks that start before their role may do anything stop again at once.
  depends_on = [aws_iam_role_policy.task, aws_iam_role_policy.execution]
}

moved {
  from = aws_ecs_task_definition.service
  to   = aws_ecs_task_definition.service["all"]
}

moved {
  from = aws_ecs_service.service
  to   = aws_ecs_service.service["all"]
}
