"""A broker of Kafka on this machine, from its published jars: its process, and its topics."""
