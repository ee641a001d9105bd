variable "name" {
  description = "Name of the repository: <prefix>/<service>."
  type        = string
}
