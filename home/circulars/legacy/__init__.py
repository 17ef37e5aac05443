"""A legacy stock as it comes: one table and a folder of PDFs, read and checked before anything is written."""
