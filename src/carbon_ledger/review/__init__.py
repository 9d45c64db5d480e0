"""Reviews: what an auditor asks next, beside the audit."""
