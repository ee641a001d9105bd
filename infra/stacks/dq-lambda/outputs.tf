output "function_name" {
  description = "Name of the function."
  value       = module.function.name
}

output "dead_letters" {
  description = "Where refused records are kept."
  value       = local.settings.DQ_LAMBDA_DEAD_LETTERS
}
