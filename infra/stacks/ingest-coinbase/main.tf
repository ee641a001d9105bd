# The connector to Coinbase: its trades, normalised, to the writer. connector.tf has what all connectors have alike.

locals {
  title       = "Coinbase"
  health_port = 8082

  exchange_ports = [443]
}

variable "image_tag" {
  type    = string
  default = "0.1.6"
}

moved {
  from = module.service
  to   = module.connector.module.service
}

moved {
  from = module.monitoring
  to   = module.connector.module.monitoring
}
