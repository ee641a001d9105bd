module "monitoring" {
  source           = "../../modules/service-monitoring"
  service          = local.service
  prefix           = module.naming.prefix
  region           = var.environment.region
  alarm_topic_arns = var.environment.alarm_topic_arns

  alarms = merge(module.function.alarms, {
    behind = {
      description = "For five minutes trades have been checked more than two minutes after they were written."
      namespace   = local.age.namespace
      metric      = local.age.metric
      dimensions  = local.age.dimensions
      statistic   = "Maximum"
      comparison  = "GreaterThanThreshold"
      threshold   = 120000
      minutes     = 5
      missing     = "notBreaching"
    }
    degraded = {
      description = "For five minutes fewer than 95 of 100 trades have passed the record rules."
      metric      = "QualityScore"
      statistic   = "Average"
      comparison  = "LessThanThreshold"
      threshold   = 95
      minutes     = 5
      missing     = "notBreaching"
    }
    state-damaged = {
      description = "What is known of the quality was damaged, and begins again: a degradation may be told late."
      metric      = "QualityStateDamaged"
      statistic   = "Sum"
      comparison  = "GreaterThanThreshold"
      threshold   = 0
      minutes     = 1
      missing     = "notBreaching"
    }
    not-kept = {
      description = "A batch that was given up could not be written to the dead-letter zone."
      namespace   = "AWS/Lambda"
      metric      = "DestinationDeliveryFailures"
      dimensions  = { FunctionName = module.function.name }
      statistic   = "Sum"
      comparison  = "GreaterThanThreshold"
      threshold   = 0
      minutes     = 1
      missing     = "notBreaching"
    }
  })

  graphs = concat([
    { title = "Records, trades passed and failed", lines = [for metric in ["RecordsProcessed", "Passed", "Failed"] : { metric = metric, statistic = "Sum" }] },
    { title = "Quality", lines = [for metric in ["QualityScore", "FailureRate"] : { metric = metric, statistic = "Average" }] },
    { title = "Late, duplicate within a batch", lines = [for metric in ["Late", "Duplicate"] : { metric = metric, statistic = "Sum" }] },
    { title = "From a batch's oldest arrival to its end, milliseconds", lines = [for statistic in ["p50", "p99"] : { metric = "HandledAfterMs", statistic = statistic }] },
    { title = "How far behind the stream, milliseconds", lines = [merge(local.age, { statistic = "Maximum" })] },
  ], module.function.graphs)
}

locals {
  # Of Kafka Lambda counts the records that it is behind and not their age, which the function's own metric has.
  age = {
    namespace  = local.on_kafka ? "CoatTail" : "AWS/Lambda"
    metric     = local.on_kafka ? "HandledAfterMs" : "IteratorAge"
    dimensions = local.on_kafka ? { service = local.service } : { FunctionName = module.function.name }
  }
}
