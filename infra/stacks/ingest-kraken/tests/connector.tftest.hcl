mock_provider "aws" {}

variables {
  environment = {
    name                = "test"
    region              = "us-west-2"
    account_id          = "123456789012"
    symbols             = ["binance:BTC-USDT", "binance:ETH-USDT", "kraken:BTC-USD"]
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
      "arn:aws:ssm:us-west-2:123456789012:parameter/coattail/test/features/*",
      "arn:aws:dynamodb:us-west-2:123456789012:table/coattail-test-cursors",
      "arn:aws:events:us-west-2:123456789012:event-bus/coattail",
    ]
    error_message = "The connector may touch more than its markets, the cursors and the bus."
  }
}

run "it_follows_its_own_exchange_and_no_other" {
  command = plan

  assert {
    condition     = local.settings["INGEST_KRAKEN_SYMBOLS"] == "BTC-USD"
    error_message = "The connector follows ${local.settings["INGEST_KRAKEN_SYMBOLS"]}."
  }
}

run "a_missing_trade_of_any_market_raises_an_alarm" {
  command = plan

  assert {
    condition     = toset(keys(local.gaps)) == toset([for symbol in local.symbols : "gap-${symbol}"])
    error_message = "A market has no alarm."
  }
}
