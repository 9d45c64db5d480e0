"""Drawing the next action of the ledger machine from what there is."""
