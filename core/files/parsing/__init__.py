"""What opens files that strangers sent: runs in a limited child process (`core.files.sandbox`) and knows no Django."""
