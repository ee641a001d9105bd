output "modules" {
  description = "Names of the active modules: the tier's, those of the tiers below first, and what the features file overrides."
  value       = local.modules

  precondition {
    condition     = local.fourth == null
    error_message = "The tier files extend one another in a circle; one of them must extend no other."
  }
}
