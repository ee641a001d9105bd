mock_provider "aws" {
  override_during = plan

  mock_resource "aws_sqs_queue" {
    defaults = { url = "https://sqs.us-west-2.amazonaws.com/123456789012/coattail-test-alert-tap" }
  }
}

variables {
  environment = {
    name         = "test"
    region       = "us-west-2"
    account_id   = "123456789012"
    feature_tier = "small"
    symbols      = ["binance:BTC-USDT", "coinbase:BTC-USD"]
  }
}

run "the_stream_is_on_demand_and_encrypted" {
  command = plan

  assert {
    condition     = aws_kinesis_stream.trades.stream_mode_details[0].stream_mode == "ON_DEMAND" && aws_kinesis_stream.trades.name == "crypto-pulse-trades"
    error_message = "The stream must cost almost nothing while idle: on-demand."
  }

  assert {
    condition     = aws_kinesis_stream.trades.encryption_type == "KMS" && aws_kinesis_stream.trades.kms_key_id == "alias/aws/kinesis"
    error_message = "The stream is not encrypted."
  }
}

run "cursors_are_kept_by_market_and_outlive_the_stack" {
  command = plan

  assert {
    condition     = aws_dynamodb_table.cursors.hash_key == "market" && aws_dynamodb_table.cursors.name == "coattail-test-cursors"
    error_message = "The cursors are not where connectors look."
  }

  assert {
    condition     = aws_dynamodb_table.cursors.deletion_protection_enabled && aws_dynamodb_table.cursors.billing_mode == "PAY_PER_REQUEST"
    error_message = "Destroying the stack would make connectors begin from now."
  }
}

run "what_is_to_run_is_told_through_parameters" {
  command = plan

  assert {
    condition     = jsondecode(aws_ssm_parameter.symbols.value) == ["binance:BTC-USDT", "coinbase:BTC-USD"] && aws_ssm_parameter.symbols.name == "/coattail/test/features/symbols"
    error_message = "The symbols are not where services look."
  }

  assert {
    condition     = aws_ssm_parameter.tier.value == "small"
    error_message = "The tier is not where services look."
  }

  assert {
    condition     = jsondecode(aws_ssm_parameter.modules.value) == jsondecode(jsonencode(module.feature_tier.modules)) && contains(module.feature_tier.modules, "whale-detector") && aws_ssm_parameter.modules.name == "/coattail/test/features/modules"
    error_message = "The modules of the tier are not where services look."
  }
}

run "no_bucket_loses_its_data_with_the_stack" {
  command = plan

  assert {
    condition     = !anytrue([for bucket in [module.lake, module.checkpoints, module.artifacts, module.dead_letters] : bucket.protection.force_destroy])
    error_message = "Destroying the stack would delete data."
  }
}

run "a_seal_that_was_deleted_can_be_brought_back" {
  command = plan

  assert {
    condition     = module.checkpoints.protection.versioned
    error_message = "The seals are the detectors' durable state: the bucket must keep earlier versions."
  }
}

run "a_disposable_environment_leaves_nothing_behind" {
  command = plan
  variables { disposable = true }

  assert {
    condition     = alltrue([for bucket in [module.lake, module.checkpoints, module.artifacts, module.dead_letters] : bucket.protection.force_destroy])
    error_message = "A bucket would stand in the way of destroying the stack."
  }
}

run "production_is_not_disposable" {
  command = plan
  variables {
    environment = {
      name         = "prod"
      region       = "us-west-2"
      account_id   = "123456789012"
      feature_tier = "small"
      symbols      = ["binance:BTC-USDT"]
    }
    disposable = true
  }
  expect_failures = [var.disposable]
}

run "nobody_listens_in_unless_asked" {
  command = plan

  assert {
    condition     = output.alert_tap_url == null
    error_message = "There is a tap on the bus."
  }
}

run "a_demonstration_listens_in" {
  command = plan
  variables { alert_tap = true }

  assert {
    condition     = endswith(output.alert_tap_url, "/coattail-test-alert-tap")
    error_message = "There is no tap on the bus."
  }
}

run "a_tier_that_does_not_exist_is_refused" {
  command = plan
  variables {
    environment = {
      name         = "test"
      region       = "us-west-2"
      account_id   = "123456789012"
      feature_tier = "gold"
      symbols      = ["binance:BTC-USDT"]
    }
  }
  expect_failures = [var.environment]
}

run "a_market_is_an_exchange_and_a_pair" {
  command = plan
  variables {
    environment = {
      name         = "test"
      region       = "us-west-2"
      account_id   = "123456789012"
      feature_tier = "small"
      symbols      = ["BTCUSDT"]
    }
  }
  expect_failures = [var.environment]
}

run "an_exchange_without_a_stack_is_refused" {
  command = plan
  variables {
    environment = {
      name         = "test"
      region       = "us-west-2"
      account_id   = "123456789012"
      feature_tier = "small"
      symbols      = ["mtgox:BTC-USD"]
    }
  }
  expect_failures = [var.environment]
}

run "a_market_stands_once" {
  command = plan
  variables {
    environment = {
      name         = "test"
      region       = "us-west-2"
      account_id   = "123456789012"
      feature_tier = "small"
      symbols      = ["binance:BTC-USDT", "binance:BTC-USDT"]
    }
  }
  expect_failures = [var.environment]
}

run "a_list_fits_its_parameter" {
  command = plan
  variables {
    environment = {
      name         = "test"
      region       = "us-west-2"
      account_id   = "123456789012"
      feature_tier = "small"
      symbols      = [for number in range(250) : "binance:A${number}-USDT"]
    }
  }
  expect_failures = [var.environment]
}

run "what_is_said_of_gaps_is_kept_for_the_audit" {
  command = plan

  assert {
    condition     = output.gap_log == "/aws/events/coattail-test-gaps"
    error_message = "EventBridge may not write there, or the audit does not look there."
  }
}
