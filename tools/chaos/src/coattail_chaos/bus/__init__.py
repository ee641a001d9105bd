"""The bus of the Spark application refuses, denies and hangs, and no trade and no alert is lost (`./task chaos -- --bus`)."""
