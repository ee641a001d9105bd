"""What tests of services are made of. Nothing that is deployed imports it."""
