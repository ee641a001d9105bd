# The name under which connectors find the writer: kinesis-writer.coattail-<env>.internal.

resource "aws_service_discovery_private_dns_namespace" "services" {
  name        = module.naming.writer.domain
  description = "Services of Coat Tail that others connect to"
  vpc         = var.environment.vpc_id
}

resource "aws_service_discovery_service" "writer" {
  name = module.naming.writer.name

  dns_config {
    namespace_id   = aws_service_discovery_private_dns_namespace.services.id
    routing_policy = "MULTIVALUE"

    dns_records {
      type = "A"
      ttl  = 10
    }
  }
}
