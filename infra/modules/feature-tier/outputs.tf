output "modules" {
  description = "Names of the tier's modules, those of the tiers below first."
  value       = local.modules

  precondition {
    condition     = local.fourth == null
    error_message = "The tier files extend one another in a circle; one of them must extend no other."
  }
}
