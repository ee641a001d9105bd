retention_hours = 72
