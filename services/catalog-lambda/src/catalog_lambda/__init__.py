"""Creates the tables of the lakehouse from the contracts, and tells of those that differ. `catalog_lambda.handler` is its entry."""
