"""Lines of the stream → typed columns and the look of a batch, in one pass. See `decoder.Decoder`."""
