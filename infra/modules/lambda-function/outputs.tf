output "name" {
  description = "Name of the function."
  value       = aws_lambda_function.this.function_name
}

output "arn" {
  description = "ARN of the function."
  value       = aws_lambda_function.this.arn
}

output "alarms" {
  description = "Alarms that every function has, for module service-monitoring."
  value = {
    errors = {
      description = "An invocation of ${var.name} failed."
      namespace   = "AWS/Lambda"
      metric      = "Errors"
      dimensions  = { FunctionName = aws_lambda_function.this.function_name }
      statistic   = "Sum"
      comparison  = "GreaterThanThreshold"
      threshold   = 0
      minutes     = 1
      missing     = "notBreaching"
    }
    throttled = {
      description = "${var.name} was not invoked for five minutes because the account runs too many functions."
      namespace   = "AWS/Lambda"
      metric      = "Throttles"
      dimensions  = { FunctionName = aws_lambda_function.this.function_name }
      statistic   = "Sum"
      comparison  = "GreaterThanThreshold"
      threshold   = 0
      minutes     = 5
      missing     = "notBreaching"
    }
  }
}

output "graphs" {
  description = "Graphs that every function has, for module service-monitoring."
  value = [
    { title = "Invocations, errors, throttles", lines = [for metric in ["Invocations", "Errors", "Throttles"] : {
      namespace = "AWS/Lambda", metric = metric, statistic = "Sum", dimensions = { FunctionName = aws_lambda_function.this.function_name }
    }] },
    { title = "Duration, milliseconds", lines = [for statistic in ["Average", "Maximum"] : {
      namespace = "AWS/Lambda", metric = "Duration", statistic = statistic, dimensions = { FunctionName = aws_lambda_function.this.function_name }
    }] },
  ]
}
