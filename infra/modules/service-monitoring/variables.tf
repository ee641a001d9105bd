variable "service" {
  description = "The service's name: value of its metrics' dimension `service`."
  type        = string
}

variable "prefix" {
  description = "Prefix of alarm and dashboard names: coattail-<env>."
  type        = string
}

variable "region" {
  description = "Region of the metrics."
  type        = string
}

variable "alarm_topic_arns" {
  description = "SNS topics that hear of alarms; none where nobody is on call."
  type        = list(string)
}

variable "alarms" {
  description = "Alarms by name. `missing` says what no data means: breaching (silence is the fault) or notBreaching. Dimensions default to the service's own."
  type = map(object({
    description = string
    namespace   = optional(string, "CoatTail")
    metric      = string
    dimensions  = optional(map(string))
    statistic   = string
    comparison  = string
    threshold   = number
    minutes     = number
    missing     = string
  }))

  validation {
    condition     = alltrue([for alarm in values(var.alarms) : contains(["breaching", "notBreaching"], alarm.missing)])
    error_message = "An alarm's `missing` must be breaching or notBreaching."
  }
}

variable "graphs" {
  description = "The dashboard's graphs in order: a title and lines (metric, statistic; namespace and dimensions default to the service's own)."
  type = list(object({
    title = string
    lines = list(object({
      namespace  = optional(string, "CoatTail")
      metric     = string
      dimensions = optional(map(string))
      statistic  = string
    }))
  }))
}
