output "repository_url" {
  description = "Where the service's image is pushed."
  value       = module.image.url
}

output "task_role_arn" {
  description = "ARN of the role that the service works under."
  value       = aws_iam_role.task.arn
}

output "security_group_id" {
  description = "The service's security group."
  value       = aws_security_group.service.id
}

output "log_group_name" {
  description = "Where the service logs."
  value       = aws_cloudwatch_log_group.service.name
}

output "alarms" {
  description = "Alarms on what ECS says of the service, for modules/service-monitoring: a task that does not stay up writes no metric of its own, and another group's hide it."
  value = { for group, tasks in local.groups : "tasks${tasks.suffix}" => {
    description = "For ten minutes fewer tasks of ${var.name}${tasks.suffix} have run than should."
    namespace   = "ECS/ContainerInsights"
    metric      = "RunningTaskCount"
    dimensions  = { ClusterName = var.naming.cluster.name, ServiceName = "${var.name}${tasks.suffix}" }
    statistic   = "Maximum"
    comparison  = "LessThanThreshold"
    threshold   = tasks.desired_count
    minutes     = 10
    missing     = "breaching"
  } if tasks.desired_count > 0 }
}
