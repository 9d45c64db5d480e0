"""The sections of the page, by subject. Each is a function from the contents of the report to pieces of HTML."""
