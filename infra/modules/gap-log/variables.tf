variable "name" {
  description = "Name of the rule, and the last part of the log group's."
  type        = string
}

variable "bus_name" {
  description = "The EventBridge bus to listen to."
  type        = string
}
