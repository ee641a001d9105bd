# A service's alarms and its dashboard, over the metrics that it writes to its log in CloudWatch's embedded format.

locals {
  own_dimensions = { service = var.service }

  widgets = [for position, graph in var.graphs : {
    type   = "metric"
    x      = 12 * (position % 2)
    y      = 6 * floor(position / 2)
    width  = 12
    height = 6
    properties = {
      title  = graph.title
      region = var.region
      view   = "timeSeries"
      period = 60
      metrics = [for line in graph.lines : concat(
        [line.namespace, line.metric],
        flatten([for name, value in coalesce(line.dimensions, local.own_dimensions) : [name, value]]),
        [{ stat = line.statistic }],
      )]
    }
  }]
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each            = var.alarms
  alarm_name          = "${var.prefix}-${var.service}-${each.key}"
  alarm_description   = each.value.description
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = coalesce(each.value.dimensions, local.own_dimensions)
  statistic           = each.value.statistic
  comparison_operator = each.value.comparison
  threshold           = each.value.threshold
  period              = 60
  evaluation_periods  = each.value.minutes
  datapoints_to_alarm = each.value.minutes
  treat_missing_data  = each.value.missing
  alarm_actions       = var.alarm_topic_arns
  ok_actions          = var.alarm_topic_arns
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = "${var.prefix}-${var.service}"
  dashboard_body = jsonencode({ widgets = local.widgets })
}
