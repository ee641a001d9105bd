module "monitoring" {
  source           = "../../modules/service-monitoring"
  service          = "kinesis-writer"
  prefix           = module.naming.prefix
  region           = var.environment.region
  alarm_topic_arns = var.environment.alarm_topic_arns

  alarms = merge(module.service.alarms, {
    stuck = {
      description = "For five minutes a trade has waited more than a minute for the stream to accept it."
      metric      = "OldestUnacceptedMs"
      statistic   = "Maximum"
      comparison  = "GreaterThanThreshold"
      threshold   = 60000
      minutes     = 5
      missing     = "notBreaching"
    }
    spooled = {
      description = "For five minutes a writer has had trades on disk: the stream is away, or takes less than comes."
      metric      = "SpoolBytes"
      statistic   = "Maximum" # of all writers: another one's empty spool says nothing of it
      comparison  = "GreaterThanThreshold"
      threshold   = 0
      minutes     = 5
      missing     = "notBreaching"
    }
    damaged = {
      description = "A piece of the spool could not be read and was set aside."
      metric      = "SpoolDamaged"
      statistic   = "Maximum"
      comparison  = "GreaterThanThreshold"
      threshold   = 0
      minutes     = 1
      missing     = "notBreaching"
    }
    silent = {
      description = "Nothing has been put on the stream for five minutes."
      metric      = "TradesAccepted"
      statistic   = "Sum"
      comparison  = "LessThanThreshold"
      threshold   = 1
      minutes     = 5
      missing     = "breaching"
    }
  })

  graphs = concat([
    { title = "Trades accepted", lines = [{ metric = "TradesAccepted", statistic = "Sum" }] },
    { title = "Wait of the oldest trade, milliseconds", lines = [{ metric = "OldestUnacceptedMs", statistic = "Maximum" }] },
    { title = "Records sent, refused, calls repeated", lines = [for name in ["RecordsSent", "RecordsRefused", "Retries"] : { metric = name, statistic = "Sum" }] },
    { title = "Spool, bytes on disk", lines = [{ metric = "SpoolBytes", statistic = "Maximum" }] },
    { title = "How full a record is, percent", lines = [{ metric = "BatchFill", statistic = "Average" }] },
    ], local.on_kafka ? [] : [
    { title = "The stream: bytes in, records throttled", lines = [for name in ["IncomingBytes", "WriteProvisionedThroughputExceeded"] : merge(local.of_stream, { metric = name })] },
  ])
}

locals {
  of_stream = { namespace = "AWS/Kinesis", statistic = "Sum", dimensions = { StreamName = module.naming.stream.name } }
}
