variables {
  env        = "prod"
  region     = "eu-central-1"
  account_id = "123456789012"
}

run "names_are_those_of_the_contract" {
  command = plan

  assert {
    condition     = output.stream.arn == "arn:aws:kinesis:eu-central-1:123456789012:stream/crypto-pulse-trades"
    error_message = "The stream's ARN is ${output.stream.arn}."
  }

  assert {
    condition     = output.buckets.lake.name == "coattail-prod-lake" && output.features_arn == "arn:aws:ssm:eu-central-1:123456789012:parameter/coattail/prod/features"
    error_message = "A name does not carry the environment."
  }
}

run "an_environment_that_does_not_fit_into_a_bucket_name_is_refused" {
  command = plan
  variables { env = "Prod_1" }
  expect_failures = [var.env]
}

run "an_account_is_twelve_digits" {
  command = plan
  variables { account_id = "12345" }
  expect_failures = [var.account_id]
}
