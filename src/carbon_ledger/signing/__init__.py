"""Sign and verify checkpoints with Ed25519, as C2SP signed notes (extra ``sign``).

Only this package needs the library ``cryptography``, which is loaded when a key is first used.
"""

from carbon_ledger.signing.keys import Signer, VerifierKey, generate_signer
from carbon_ledger.signing.notes import sign_checkpoint, sign_note, verify_checkpoint, verify_note

__all__ = [
    "Signer",
    "VerifierKey",
    "generate_signer",
    "sign_checkpoint",
    "sign_note",
    "verify_checkpoint",
    "verify_note",
]
