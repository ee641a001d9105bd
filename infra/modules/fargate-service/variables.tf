variable "name" {
  description = "The service's name: of its image repository, log group, roles, task family and ECS service."
  type        = string
}

variable "naming" {
  description = "The outputs of modules/naming."
  type = object({
    prefix         = string
    parameter_root = string
    logs_arn       = string
    cluster        = object({ name = string, arn = string })
  })
}

variable "environment" {
  description = "The environment that the service runs in."
  type = object({
    region              = string
    account_id          = string
    vpc_id              = string
    private_subnet_ids  = list(string)
    private_cidr_blocks = list(string)
  })

  validation {
    condition     = length(var.environment.private_subnet_ids) >= 2
    error_message = "A service needs private subnets in at least two availability zones."
  }
}

variable "image_tag" {
  description = "Tag of the service's image: its version. Tags are immutable."
  type        = string

  validation {
    condition     = can(regex("^[0-9]+\\.[0-9]+\\.[0-9]+", var.image_tag))
    error_message = "image_tag must be a version like 0.1.0."
  }
}

variable "settings" {
  description = "The service's settings as environment variables."
  type        = map(string)
}

variable "secrets" {
  description = "Settings that are secret: environment variable to the ARN of an SSM SecureString parameter."
  type        = map(string)
  default     = {}
}

variable "task_statements" {
  description = "What the running service may do, as IAM statements. Least privilege: exact actions on exact resources."
  type        = any
}

variable "health_port" {
  description = "Port of the service's health endpoints, inside the task."
  type        = number
}

variable "served_port" {
  description = "Port that other services in the private network may connect to; null where nobody does."
  type        = number
  default     = null
}

variable "called_ports" {
  description = "TCP ports that the service connects to: to anywhere (exchanges, AWS), or to the private network only."
  type = object({
    anywhere = list(number)
    private  = optional(list(number), [])
  })
  default = { anywhere = [443] }
}

variable "writable_paths" {
  description = "The only paths that the service can write to, by volume name; lost with the task."
  type        = map(string)
  default     = { tmp = "/tmp" }
}

variable "desired_count" {
  description = "Tasks that run at all times. 2 or more in production, so that the loss of one goes unnoticed."
  type        = number

  validation {
    condition     = var.desired_count >= 0 && var.desired_count <= 20
    error_message = "desired_count must be 0 to 20."
  }
}

variable "task_groups" {
  description = "Groups of tasks that differ in some settings, each a service of the cluster, by a name that follows the service's. Without any, desired_count tasks are alike."
  type        = map(object({ settings = map(string), desired_count = number }))
  default     = {}

  validation {
    condition     = alltrue([for group, tasks in var.task_groups : can(regex("^[a-z][a-z0-9]{0,15}$", group)) && tasks.desired_count >= 0 && tasks.desired_count <= 20])
    error_message = "A group's name has at most 16 small letters and digits, and its desired_count is 0 to 20."
  }
}

variable "on_demand_count" {
  description = "How many of the tasks, of each group, run on demand; the rest run on Spot, which AWS may reclaim with two minutes' notice."
  type        = number
  default     = 1
}

variable "log_retention_days" {
  description = "Days that logs are kept."
  type        = number
  default     = 30
}

variable "registry_arn" {
  description = "Cloud Map service that makes the tasks findable by name; null where nobody looks for them."
  type        = string
  default     = null
}
