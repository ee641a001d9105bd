"""The spool: what the writer holds beyond its memory, on disk until it is in the stream."""

from kinesis_writer.spool.folder import Folder, FolderInUseError
from kinesis_writer.spool.intake import SpooledIntake
from kinesis_writer.spool.segment_store import SpoolDamagedError

__all__ = ["Folder", "FolderInUseError", "SpoolDamagedError", "SpooledIntake"]
