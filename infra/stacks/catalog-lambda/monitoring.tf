module "monitoring" {
  source           = "../../modules/service-monitoring"
  service          = local.service
  prefix           = module.naming.prefix
  region           = var.environment.region
  alarm_topic_arns = var.environment.alarm_topic_arns

  alarms = merge(module.function.alarms, {
    differing = {
      description = "A table of the lakehouse is not what its contract says, and was left as it is."
      metric      = "TablesDiffering"
      statistic   = "Maximum"
      comparison  = "GreaterThanThreshold"
      threshold   = 0
      minutes     = 1
      missing     = "notBreaching"
    }
    schedule-dropped = {
      description = "EventBridge Scheduler gave up an hourly invocation: the function or the schedule's role is not as it was."
      namespace   = "AWS/Scheduler"
      metric      = "InvocationDroppedCount"
      dimensions  = { ScheduleGroup = aws_scheduler_schedule_group.this.name }
      statistic   = "Sum"
      comparison  = "GreaterThanThreshold"
      threshold   = 0
      minutes     = 1
      missing     = "notBreaching"
    }
  })

  graphs = concat([
    { title = "Tables created, tables that differ", lines = [{ metric = "TablesCreated", statistic = "Sum" }, { metric = "TablesDiffering", statistic = "Maximum" }] },
  ], module.function.graphs)
}
