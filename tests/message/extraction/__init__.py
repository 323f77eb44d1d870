"""Reading attachments in worker processes: real documents, broken ones, and readers that hang or die."""
