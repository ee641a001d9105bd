"""Somebody maintains and changes the tables while the Spark application is killed between its commits (`./task chaos -- --tables`)."""
