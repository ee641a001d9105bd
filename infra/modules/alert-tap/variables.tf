variable "name" {
  description = "Name of the queue and of the rule that feeds it."
  type        = string
}

variable "bus_name" {
  description = "The EventBridge bus to listen to."
  type        = string
}
