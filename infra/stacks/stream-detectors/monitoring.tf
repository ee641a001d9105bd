module "monitoring" {
  source           = "../../modules/service-monitoring"
  service          = local.service
  prefix           = module.naming.prefix
  region           = var.environment.region
  alarm_topic_arns = var.environment.alarm_topic_arns

  alarms = {
    behind = {
      description = "The detectors read trades that were written more than two minutes ago, five minutes long."
      namespace   = "AWS/Kinesis"
      metric      = "GetRecords.IteratorAgeMilliseconds"
      dimensions  = { StreamName = module.naming.stream.name }
      statistic   = "Maximum"
      comparison  = "GreaterThanThreshold"
      threshold   = 120000
      minutes     = 5
      missing     = "breaching"
    }
  }

  graphs = [
    {
      title = "How far behind the stream, milliseconds"
      lines = [{ namespace = "AWS/Kinesis", metric = "GetRecords.IteratorAgeMilliseconds", statistic = "Maximum", dimensions = { StreamName = module.naming.stream.name } }]
    },
  ]
}
