# The local cloud: LocalStack on the developer's machine. The network is only a name there.
environment = {
  name                = "local"
  region              = "us-west-2"
  account_id          = "000000000000"
  feature_tier        = "small"
  symbols             = ["binance:BTC-USDT", "binance:ETH-USDT", "coinbase:BTC-USD", "coinbase:ETH-USD", "kraken:BTC-USD", "kraken:ETH-USD"]
  vpc_id              = "vpc-00000000000000000"
  private_subnet_ids  = ["subnet-00000000000000001", "subnet-00000000000000002"]
  private_cidr_blocks = ["10.0.0.0/16"]
  alarm_topic_arns    = []
}
