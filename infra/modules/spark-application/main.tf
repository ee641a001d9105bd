# An EMR Serverless application for Spark: starts with its first job, stops when idle, never grows beyond its maximum.

resource "aws_cloudwatch_log_group" "jobs" {
  name              = var.log_group.name
  retention_in_days = var.log_group.retention_days
}

resource "aws_security_group" "workers" {
  name        = var.full_name
  description = "Spark workers of ${var.name}"
  vpc_id      = var.network.vpc_id
}

resource "aws_vpc_security_group_egress_rule" "workers" {
  for_each          = { aws = 443, kafka-tls = 9094, kafka-iam = 9098 }
  security_group_id = aws_security_group.workers.id
  description       = each.key
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = each.value
  to_port           = each.value
}

resource "aws_emrserverless_application" "this" {
  name          = var.name
  release_label = var.release_label
  type          = "Spark"
  architecture  = var.architecture

  dynamic "image_configuration" {
    for_each = var.image_uri == null ? [] : [var.image_uri]
    content {
      image_uri = image_configuration.value
    }
  }

  auto_start_configuration {
    enabled = true
  }

  auto_stop_configuration {
    enabled              = true
    idle_timeout_minutes = 15
  }

  maximum_capacity {
    cpu    = var.maximum.cpu
    memory = var.maximum.memory
    disk   = var.maximum.disk
  }

  network_configuration {
    subnet_ids         = var.network.private_subnet_ids
    security_group_ids = [aws_security_group.workers.id]
  }

  monitoring_configuration {
    cloudwatch_logging_configuration {
      enabled                = true
      log_group_name         = aws_cloudwatch_log_group.jobs.name
      log_stream_name_prefix = "job"
    }
  }
}
