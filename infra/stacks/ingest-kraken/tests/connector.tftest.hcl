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
