"""Drawing the next action of the ledger machine from the state of the model."""
