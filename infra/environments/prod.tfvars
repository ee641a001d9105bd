# Production: two tasks of each connector, half of them on Spot, and two writers, which divide the markets between them. Fill in your account and network.
# Binance does not serve addresses of the United States: from us-west-2 its connector is answered 451. For Binance's markets choose a region that it serves (eu-west-1, ap-northeast-1), or leave ingest-binance out.
environment = {
  name                = "prod"
  region              = "us-west-2"
  account_id          = "222222222222"
  feature_tier        = "small"
  symbols             = ["binance:BTC-USDT", "binance:ETH-USDT", "coinbase:BTC-USD", "coinbase:ETH-USD", "kraken:BTC-USD", "kraken:ETH-USD"]
  vpc_id              = "vpc-22222222222222222"
  private_subnet_ids  = ["subnet-22222222222222221", "subnet-22222222222222222"]
  private_cidr_blocks = ["10.0.0.0/16"]
  alarm_topic_arns    = ["arn:aws:sns:us-west-2:222222222222:on-call"]
  writers             = 2
}
