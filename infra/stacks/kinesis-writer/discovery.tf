# The names under which connectors find the writers: kinesis-writer.coattail-<env>.internal, kinesis-writer-w2, and so on.

resource "aws_service_discovery_private_dns_namespace" "services" {
  name        = module.naming.writer.domain
  description = "Services of Coat Tail that others connect to"
  vpc         = var.environment.vpc_id
}

resource "aws_service_discovery_service" "writer" {
  for_each = module.naming.writer.names
  name     = each.value

  dns_config {
    namespace_id   = aws_service_discovery_private_dns_namespace.services.id
    routing_policy = "MULTIVALUE"

    dns_records {
      type = "A"
      ttl  = 10
    }
  }
}

moved {
  from = aws_service_discovery_service.writer
  to   = aws_service_discovery_service.writer["all"]
}
