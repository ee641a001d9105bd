resource "aws_security_group" "service" {
  name        = local.full_name
  description = "Coat Tail ${var.name}"
  vpc_id      = var.environment.vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "served" {
  for_each          = var.served_port == null ? toset([]) : toset(var.environment.private_cidr_blocks)
  security_group_id = aws_security_group.service.id
  description       = "Other services"
  cidr_ipv4         = each.value
  ip_protocol       = "tcp"
  from_port         = var.served_port
  to_port           = var.served_port
}

resource "aws_vpc_security_group_egress_rule" "anywhere" {
  for_each          = toset([for port in var.called_ports.anywhere : tostring(port)])
  security_group_id = aws_security_group.service.id
  description       = "AWS and exchanges"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = tonumber(each.value)
  to_port           = tonumber(each.value)
}

resource "aws_vpc_security_group_egress_rule" "private" {
  for_each          = { for pair in setproduct(var.called_ports.private, var.environment.private_cidr_blocks) : "${pair[0]}-${pair[1]}" => pair }
  security_group_id = aws_security_group.service.id
  description       = "Other services"
  cidr_ipv4         = each.value[1]
  ip_protocol       = "tcp"
  from_port         = each.value[0]
  to_port           = each.value[0]
}
