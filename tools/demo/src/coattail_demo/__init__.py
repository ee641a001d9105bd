"""The demo: everything of Coat Tail on one machine, and the proof that it did what it promises."""
