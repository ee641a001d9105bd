mock_provider "aws" {
  override_during = plan

  mock_resource "aws_ecr_repository" {
    defaults = {
      arn            = "arn:aws:ecr:us-west-2:123456789012:repository/coattail-test/example"
      repository_url = "123456789012.dkr.ecr.us-west-2.amazonaws.com/coattail-test/example"
    }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/example" }
  }
}

variables {
  exchange    = "coinbase"
  title       = "Coinbase"
  health_port = 8082
  image_tag   = "1.2.3"
  naming = {
    prefix         = "coattail-test"
    parameter_root = "/coattail/test"
    features_arn   = "arn:aws:ssm:us-west-2:123456789012:parameter/coattail/test/features"
    logs_arn       = "arn:aws:logs:us-west-2:123456789012"
    cluster        = { name = "coattail-test", arn = "arn:aws:ecs:us-west-2:123456789012:cluster/coattail-test" }
    cursors        = { name = "coattail-test-cursors", arn = "arn:aws:dynamodb:us-west-2:123456789012:table/coattail-test-cursors" }
    bus            = { name = "coattail", arn = "arn:aws:events:us-west-2:123456789012:event-bus/coattail" }
    writer         = { url = "ws://writer:7070", port = 7070, token_parameter_arn = "arn:aws:ssm:us-west-2:123456789012:parameter/coattail/test/link-token" }
  }
  environment = {
    name                = "test"
    region              = "us-west-2"
    account_id          = "123456789012"
    symbols             = ["binance:BTC-USDT", "binance:ETH-USDT", "coinbase:BTC-USD"]
    vpc_id              = "vpc-1"
    private_subnet_ids  = ["subnet-1", "subnet-2"]
    private_cidr_blocks = ["10.0.0.0/16"]
    alarm_topic_arns    = []
  }
}

run "a_connector_reads_its_markets_keeps_its_cursors_tells_of_gaps_and_nothing_else" {
  command = plan

  assert {
    condition = [for statement in local.task_statements : statement.Resource] == [
      "arn:aws:ssm:us-west-2:123456789012:parameter/coattail/test/features/symbols",
      "arn:aws:dynamodb:us-west-2:123456789012:table/coattail-test-cursors",
      "arn:aws:events:us-west-2:123456789012:event-bus/coattail",
    ]
    error_message = "The connector may touch more than its markets, the cursors and the bus."
  }
}

run "tasks_follow_the_list_in_ssm_unless_they_are_divided_into_groups" {
  command = plan

  assert {
    condition     = local.settings["INGEST_COINBASE_SSM_PREFIX"] == "/coattail/test" && !contains(keys(local.settings), "INGEST_COINBASE_SYMBOLS") && length(local.task_groups) == 0
    error_message = "The connector does not read the list."
  }
}

run "groups_of_tasks_carry_what_they_are_told" {
  command = plan
  variables {
    task_groups = {
      a = { symbols = ["coinbase:BTC-USD", "coinbase:ETH-USD"], desired_count = 2 }
      b = {}
    }
  }

  assert {
    condition     = local.task_groups["a"].settings["SYMBOLS"] == "coinbase:BTC-USD,coinbase:ETH-USD" && local.task_groups["a"].desired_count == 2
    error_message = "A group does not carry its markets."
  }

  assert {
    condition     = length(local.task_groups["b"].settings) == 0 && local.task_groups["b"].desired_count == 1
    error_message = "A group without markets of its own does not follow the list."
  }
}

run "a_missing_trade_of_any_market_raises_an_alarm" {
  command = plan

  assert {
    condition     = toset(keys(local.gaps)) == toset([for symbol in local.symbols : "gap-${symbol}"])
    error_message = "A market has no alarm."
  }
}

run "a_group_carries_no_other_exchanges_markets" {
  command = plan
  variables { task_groups = { a = { symbols = ["binance:BTC-USDT"] } } }
  expect_failures = [var.task_groups]
}

run "without_a_market_of_its_exchange_there_is_no_connector" {
  command = plan
  variables {
    environment = {
      name                = "test"
      region              = "us-west-2"
      account_id          = "123456789012"
      symbols             = ["binance:BTC-USDT"]
      vpc_id              = "vpc-1"
      private_subnet_ids  = ["subnet-1", "subnet-2"]
      private_cidr_blocks = ["10.0.0.0/16"]
      alarm_topic_arns    = []
    }
  }
  expect_failures = [var.environment]
}
