"""The modules: each a detector over observations. `base` is their contract, `registry` the list of them."""
