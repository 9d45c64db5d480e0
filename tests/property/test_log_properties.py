"""Invariant 24 from tiles: what tiles and notes say is what leaf hashes and keys say, and no bit is free."""

from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from carbon_ledger.errors import CarbonLedgerError
from carbon_ledger.log import merkle, tiles
from carbon_ledger.log.bundles import decode_bundle, encode_bundle
from carbon_ledger.log.checkpoint import Checkpoint, format_checkpoint, parse_checkpoint
from carbon_ledger.log.coordinates import Bundle, Tile, bundles_to_write, tiles_to_write
from carbon_ledger.log.growing import TileBuilder
from carbon_ledger.log.note import Note, Signature, format_note, parse_note
from carbon_ledger.log.proof import TlogProof, format_proof, parse_proof
from carbon_ledger.signing import Signer, sign_checkpoint, verify_note

LARGEST = 700
LEAVES = [merkle.leaf_hash(b"entry %d" % number) for number in range(LARGEST)]

sizes = st.integers(1, LARGEST)
hashes = st.binary(min_size=32, max_size=32)
lines = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40)
names = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"], exclude_characters="+"), min_size=1, max_size=20)


@cache
def shelf(size: int) -> dict[Tile, bytes]:
    builder = TileBuilder()
    found = {tile: data for leaf in LEAVES[:size] for tile, data in builder.append(leaf)}
    return found | dict(builder.partial_tiles())


def reader(held: dict[Tile, bytes]) -> tiles.TileReader:
    return lambda level, index, width: held[Tile(level, index, width)]


def test_roots_of_every_size() -> None:
    hasher = merkle.RootHasher()
    for size, leaf in enumerate(LEAVES, start=1):
        hasher.append(leaf)
        assert tiles.root_hash(size, reader(shelf(size))) == hasher.root()


@given(sizes, st.data())
def test_proofs_from_tiles_are_those_from_leaf_hashes(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    old_size = data.draw(st.integers(1, size))
    read = reader(shelf(size))
    assert tiles.inclusion_proof(index, size, read) == merkle.inclusion_proof(LEAVES[:size], index)
    assert tiles.consistency_proof(old_size, size, read) == merkle.consistency_proof(LEAVES[:size], old_size)


@given(st.lists(st.integers(0, 300), max_size=6))
def test_tiles_grown_in_steps_are_tiles_built_at_once(steps: list[int]) -> None:
    """Each step starts from what the last one wrote, as a process does that was started anew."""
    held: dict[Tile, bytes] = {}
    size = 0
    for step in steps:
        end = min(size + step, LARGEST)
        builder = TileBuilder(size, reader(held))
        assert builder.root() == merkle.root_hash(LEAVES[:size])
        written = {tile: data for leaf in LEAVES[size:end] for tile, data in builder.append(leaf)}
        written |= dict(builder.partial_tiles())
        assert set(tiles_to_write(size, end)) == written.keys() - held.keys()
        held |= written
        size = end
        assert {tile: held[tile] for tile in shelf(size)} == shelf(size)


@given(st.integers(0, 2**40), st.integers(0, 2**20))
@settings(max_examples=50)
def test_the_tiles_to_write_are_those_that_a_tree_adds(old: int, more: int) -> None:
    """Against the definition of width, floor(s / 256**l) mod 256, at both sizes."""
    new = old + more
    written = list(tiles_to_write(old, new))
    assert len(set(written)) == len(written)
    for level in range(6):
        row = [tile for tile in written if tile.level == level]
        before, after = old >> 8 * level, new >> 8 * level
        assert [tile.width for tile in row if tile.width < 256] == (
            [after % 256] if after % 256 and after > before else []
        )
        assert sum(tile.width == 256 for tile in row) == after // 256 - before // 256
    assert list(bundles_to_write(old, new)) == [Bundle(tile.index, tile.width) for tile in written if tile.level == 0]


@given(st.integers(0, 63), st.integers(0, 2**63 - 1), st.integers(1, 256))
def test_paths_round_trip(level: int, index: int, width: int) -> None:
    tile, bundle = Tile(level, index, width), Bundle(index, width)
    assert Tile.parse(tile.path) == tile
    assert Bundle.parse(bundle.path) == bundle


@given(st.text("tile/0123456789xp.entrs", max_size=30))
def test_a_path_has_one_spelling(rest: str) -> None:
    for kind in (Tile, Bundle):
        for path in (rest, f"tile/0/{rest}", f"tile/entries/{rest}"):
            try:
                parsed = kind.parse(path)
            except CarbonLedgerError:
                continue
            assert parsed.path == path


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=256), st.data())
def test_bundles_round_trip(entries: list[bytes], data: st.DataObject) -> None:
    encoded = encode_bundle(entries)
    assert decode_bundle(Bundle(0, len(entries)), encoded) == entries
    cut = data.draw(st.integers(0, len(encoded) - 1))
    for damaged in (encoded[:cut], encoded + b"\x00"):
        try:
            decode_bundle(Bundle(0, len(entries)), damaged)
        except CarbonLedgerError:
            continue
        raise AssertionError("a bundle of another length was read")


@given(st.binary(max_size=60), st.integers(1, 8))
def test_a_bundle_has_one_spelling(data: bytes, width: int) -> None:
    try:
        entries = decode_bundle(Bundle(0, width), data)
    except CarbonLedgerError:
        return
    assert encode_bundle(entries) == data


@given(lines, st.integers(1, 2**63 - 1), hashes, st.lists(lines, max_size=3))
def test_checkpoints_round_trip(origin: str, size: int, root: bytes, extensions: list[str]) -> None:
    checkpoint = Checkpoint(origin, size, root, tuple(extensions))
    assert parse_checkpoint(format_checkpoint(checkpoint)) == checkpoint


@given(
    st.lists(lines | st.just(""), max_size=4),
    st.lists(st.tuples(names, st.binary(min_size=5, max_size=80)), min_size=1),
)
def test_notes_round_trip(text: list[str], signatures: list[tuple[str, bytes]]) -> None:
    body = "".join(f"{line}\n" for line in text) or "\n"
    note = Note(body.encode(), tuple(Signature(name, raw[:4], raw[4:]) for name, raw in signatures))
    assert parse_note(format_note(note)) == note


@given(
    st.integers(0, 2**63 - 1), st.lists(hashes, max_size=63), st.binary(min_size=1, max_size=99), st.binary(max_size=99)
)
def test_proofs_round_trip(index: int, path: list[bytes], checkpoint: bytes, extra: bytes) -> None:
    proof = TlogProof(index, tuple(path), checkpoint, extra)
    assert parse_proof(format_proof(proof)) == proof


LOG = Signer("example.com/log42", bytes(range(32)))
WITNESS = Signer("witness.example", bytes(32))


def cosigned() -> bytes:
    """A checkpoint with the log's signature and one more, of a key that the verifier does not know."""
    signed = sign_checkpoint(Checkpoint(LOG.name, 700, merkle.root_hash(LEAVES)), LOG)
    text = parse_note(signed).text
    both = (*parse_note(signed).signatures, Signature(WITNESS.name, WITNESS.key_id, WITNESS.sign(text)))
    return format_note(Note(text, both))


def test_any_flipped_bit_of_a_note_is_found_or_harmless() -> None:
    """Every bit in turn. What is let pass is the unknown signature's own line, and the text stays the same."""
    note = cosigned()
    text = parse_note(note).text
    unknown = note.rindex("— witness".encode())
    harmless = 0
    for bit in range(8 * len(note)):
        flipped = bytearray(note)
        flipped[bit // 8] ^= 1 << bit % 8
        try:
            verified = verify_note(bytes(flipped), LOG.verifier_key)
        except CarbonLedgerError:
            continue
        assert verified == text
        assert bit // 8 >= unknown
        harmless += 1
    assert 0 < harmless < 8 * (len(note) - unknown)


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_read_or_refused(data: bytes) -> None:
    """Whatever is read is written back the same; whatever is refused is refused by an error of ours."""
    for parse, write in ((parse_note, format_note), (parse_checkpoint, format_checkpoint), (parse_proof, format_proof)):
        try:
            found = parse(data)
        except CarbonLedgerError:
            continue
        assert write(found) == data
