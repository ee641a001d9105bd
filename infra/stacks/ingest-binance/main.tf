# The connector to Binance: its trades, normalised, to the writer. connector.tf has what all connectors have alike.

locals {
  title       = "Binance"
  health_port = 8081

  exchange_ports = [443, 9443] # its feed is at the second
}

variable "image_tag" {
  type    = string
  default = "0.1.5"
}

moved {
  from = module.service
  to   = module.connector.module.service
}

moved {
  from = module.monitoring
  to   = module.connector.module.monitoring
}
