module "monitoring" {
  source           = "../service-monitoring"
  service          = local.name
  prefix           = var.naming.prefix
  region           = var.environment.region
  alarm_topic_arns = var.environment.alarm_topic_arns
  alarms           = merge(module.service.alarms, { silent = local.silent, list-refused = local.list_refused, unavailable = local.unavailable, renumbered = local.renumbered }, local.gaps)

  graphs = [
    { title = "Frames received, trades forwarded", lines = [{ metric = "Received", statistic = "Sum" }, { metric = "Forwarded", statistic = "Sum" }] },
    { title = "Connected, and reconnections", lines = [{ metric = "Connected", statistic = "Minimum" }, { metric = "Reconnects", statistic = "Sum" }] },
    { title = "Markets that the exchange does not serve", lines = [{ metric = "MarketsUnavailable", statistic = "Maximum" }] },
    { title = "Trades missing, by market", lines = [for alarm in values(local.gaps) : { metric = alarm.metric, dimensions = alarm.dimensions, statistic = "Sum" }] },
    { title = "Trades missed, fetched afterwards, and silent stalls", lines = [{ metric = "Missed", statistic = "Sum" }, { metric = "Backfilled", statistic = "Sum" }, { metric = "Stalls", statistic = "Sum" }] },
    { title = "Frames refused, trades repeated, late or renumbered", lines = [for name in ["Refused", "Repeated", "Late", "Renumbered"] : { metric = name, statistic = "Sum" }] },
    { title = "Worst lag behind the exchange, milliseconds", lines = [{ metric = "LagMs", statistic = "Maximum" }] },
  ]
}

locals {
  silent = {
    description = "No trade from ${var.title} for five minutes."
    metric      = "Forwarded" # Received counts frames, heartbeats among them, and those that are refused
    statistic   = "Sum"
    comparison  = "LessThanThreshold"
    threshold   = 1
    minutes     = 5
    missing     = "breaching"
  }

  list_refused = {
    description = "A new list of markets cannot be used; the one before goes on until a task starts."
    metric      = "ListsRefused"
    statistic   = "Sum"
    comparison  = "GreaterThanThreshold"
    threshold   = 0
    minutes     = 1
    missing     = "notBreaching"
  }

  unavailable = {
    description = "${var.title} does not serve a market of the list; the others go on."
    metric      = "MarketsUnavailable"
    statistic   = "Maximum"
    comparison  = "GreaterThanThreshold"
    threshold   = 0
    minutes     = 5
    missing     = "notBreaching"
  }

  renumbered = {
    description = "${var.title} restarts a market's trade ids, or one had a number far behind the last."
    metric      = "Renumbered"
    statistic   = "Sum"
    comparison  = "GreaterThanThreshold"
    threshold   = 0
    minutes     = 1
    missing     = "notBreaching"
  }

  gaps = { for symbol in local.symbols : "gap-${symbol}" => {
    description = "Trades of ${symbol} are missing for good; they could not be had from ${var.title}."
    metric      = "TradesGap"
    dimensions  = { service = local.name, symbol = urlencode(symbol) }
    statistic   = "Sum"
    comparison  = "GreaterThanThreshold"
    threshold   = 0
    minutes     = 1
    missing     = "notBreaching"
  } }
}
