"""The replay in this process, over Arrow's columns.

```
files ─► cells ─► judging ─► spill, by market and id ─► once ─► landing ─► spill, by time ─► observing ─► the detectors
```

Text becomes columns, and columns become typed trades, a chunk at a time; what is not plain is judged row by row (`exact`). The trades pass
through memory-mapped files (`spill`), so that what is sorted may be larger than memory.
"""
