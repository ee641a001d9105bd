"""A LocalStack plugin: services that LocalStack serves from containers, or not at all, in its own process."""
