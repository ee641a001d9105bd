variable "env" {
  description = "Name of the environment: part of every name that is not fixed by contract."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,11}$", var.env))
    error_message = "The environment's name must be 2 to 12 lower-case letters or digits and begin with a letter."
  }
}

variable "region" {
  description = "AWS region."
  type        = string

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "The region must look like us-west-2."
  }
}

variable "writers" {
  description = "How many kinesis-writers there are. A market holds to one of them, by its name."
  type        = number
  default     = 1

  validation {
    condition     = var.writers >= 1 && var.writers <= 20
    error_message = "There are 1 to 20 writers."
  }
}

variable "account_id" {
  description = "AWS account number."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "The account number must have 12 digits."
  }
}
