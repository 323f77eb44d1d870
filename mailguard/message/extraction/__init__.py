"""Worker processes that read attachments: `pool.py` here, `worker.py` there, one file a format.

Parsers of PDF, Office and archive formats are large, partly native code, and get hostile input. So they run in
processes of their own that may hang, grow or die at the cost of one attachment.
"""
