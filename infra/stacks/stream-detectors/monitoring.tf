module "monitoring" {
  source           = "../../modules/service-monitoring"
  service          = local.service
  prefix           = module.naming.prefix
  region           = var.environment.region
  alarm_topic_arns = var.environment.alarm_topic_arns

  alarms = {
    behind = {
      description = "For five minutes the detectors have read trades that were written more than two minutes before."
      namespace   = "AWS/Kinesis"
      metric      = local.behind.metric
      dimensions  = local.behind.dimensions
      statistic   = "Maximum"
      comparison  = "GreaterThanThreshold"
      threshold   = 120000
      minutes     = 5
      missing     = "breaching"
    }
    not-landing = {
      description = "No trade has been landed in the lakehouse for ten minutes."
      metric      = "TradesLanded"
      statistic   = "Sum"
      comparison  = "LessThanThreshold"
      threshold   = 1
      minutes     = 10
      missing     = "breaching"
    }
    module-failing = {
      description = "A detector raised an error and was passed over."
      metric      = "ModuleFailures"
      statistic   = "Sum"
      comparison  = "GreaterThanThreshold"
      threshold   = 0
      minutes     = 1
      missing     = "notBreaching"
    }
    alerts-unsent = {
      description = "The bus has not taken an alert for five minutes; alerts wait, and are in their table."
      metric      = "AlertsWaitingSeconds"
      statistic   = "Maximum"
      comparison  = "GreaterThanThreshold"
      threshold   = 300
      minutes     = 1
      missing     = "notBreaching"
    }
    conflicting = {
      description = "A trade came again with another price, quantity, side or time; the first was kept."
      metric      = "TradesConflicting"
      statistic   = "Sum"
      comparison  = "GreaterThanThreshold"
      threshold   = 0
      minutes     = 1
      missing     = "notBreaching"
    }
    late = {
      description = "Trades came after a detector had closed their window."
      metric      = "LateTrades"
      statistic   = "Sum"
      comparison  = "GreaterThanThreshold"
      threshold   = 0
      minutes     = 5
      missing     = "notBreaching"
    }
  }

  graphs = [
    { title = "How far behind the stream, milliseconds", lines = [merge(local.behind, { namespace = "AWS/Kinesis", statistic = "Maximum" })] },
    { title = "Trades seen and landed", lines = [{ metric = "TradesSeen", statistic = "Sum" }, { metric = "TradesLanded", statistic = "Sum" }] },
    { title = "Alerts raised, waiting, given up", lines = [{ metric = "AlertsRaised", statistic = "Sum" }, { metric = "AlertsWaiting", statistic = "Maximum" }, { metric = "MessagesNotSent", statistic = "Sum" }] },
    { title = "A batch, a landing, milliseconds", lines = [{ metric = "BatchMilliseconds", statistic = "Average" }, { metric = "LandingMilliseconds", statistic = "Average" }] },
    { title = "Trades conflicting, not compared", lines = [{ metric = "TradesConflicting", statistic = "Sum" }, { metric = "TradesNotCompared", statistic = "Sum" }] },
    { title = "Lines refused, modules failing, trades late", lines = [{ metric = "LinesRefused", statistic = "Sum" }, { metric = "ModuleFailures", statistic = "Sum" }, { metric = "LateTrades", statistic = "Sum" }] },
  ]
}

locals {
  behind = { metric = "GetRecords.IteratorAgeMilliseconds", dimensions = { StreamName = module.naming.stream.name } }
}
