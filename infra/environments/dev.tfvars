# Development: one of everything. Fill in your account and network.
environment = {
  name                = "dev"
  region              = "us-west-2"
  account_id          = "111111111111"
  feature_tier        = "small"
  symbols             = ["binance:BTC-USDT", "binance:ETH-USDT", "coinbase:BTC-USD", "coinbase:ETH-USD", "kraken:BTC-USD", "kraken:ETH-USD"]
  vpc_id              = "vpc-11111111111111111"
  private_subnet_ids  = ["subnet-11111111111111111", "subnet-11111111111111112"]
  private_cidr_blocks = ["10.0.0.0/16"]
  alarm_topic_arns    = []
}
