"""Reports as files: tables as a page of HTML and as an Excel workbook whose formulas give the ledger's own figures."""
