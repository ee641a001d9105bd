variable "tier" {
  description = "The tier: small, medium or large."
  type        = string

  validation {
    condition     = contains(["small", "medium", "large"], var.tier)
    error_message = "tier must be small, medium or large."
  }
}

variable "features" {
  description = "The features file."
  type        = string
}

variable "folder" {
  description = "Where the tier files are: small.yaml, medium.yaml, large.yaml."
  type        = string
}
