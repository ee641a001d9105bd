# The connector to Kraken: its trades, normalised, to the writer. connector.tf has what all connectors have alike.

locals {
  title       = "Kraken"
  health_port = 8083

  exchange_ports = [443]
}

variable "image_tag" {
  type    = string
  default = "0.1.4"
}
