// Check verifies a published log with Go's own implementation, golang.org/x/mod/sumdb, and nothing of
// the library that published it.
//
//	check -dir published -key name+id+base64 [-old checkpoint] [-proof file.tlog-proof -entry file]
//
// It verifies the signature, hashes every entry anew into the signed root, compares every published tile
// with those hashes, reads the tree back through the tiles alone, and proves that the tree continues the
// one of an older checkpoint. It prints one line and ends with 0, or says what is wrong and ends with 1.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8 // 256-wide tiles

// filePath is a tile's path in the C2SP form, which names no height and calls the data entries.
func filePath(dir string, t tlog.Tile) string {
	path := strings.TrimPrefix(t.Path(), fmt.Sprintf("tile/%d/", height))
	path = strings.Replace(path, "data/", "entries/", 1)
	return filepath.Join(dir, "tile", filepath.FromSlash(path))
}

// readCheckpoint verifies a signed checkpoint and gives its origin and tree.
func readCheckpoint(data []byte, verifier note.Verifier) (origin string, tree tlog.Tree, err error) {
	opened, err := note.Open(data, note.VerifierList(verifier))
	if err != nil {
		return "", tlog.Tree{}, err
	}
	lines := strings.SplitN(opened.Text, "\n", 2)
	// Go's parser knows one log's origin alone; the other lines are the same.
	tree, err = tlog.ParseTree([]byte("go.sum database tree\n" + lines[1]))
	return lines[0], tree, err
}

// entries splits a bundle: each entry behind its length, a big-endian uint16.
func entries(bundle []byte) (found [][]byte, err error) {
	for len(bundle) > 0 {
		if len(bundle) < 2 {
			return nil, errors.New("a bundle ends inside a length")
		}
		size := int(binary.BigEndian.Uint16(bundle))
		if bundle = bundle[2:]; len(bundle) < size {
			return nil, errors.New("a bundle ends inside an entry")
		}
		found, bundle = append(found, bundle[:size]), bundle[size:]
	}
	return found, nil
}

// hashEntries reads every entry and gives the hashes of the whole tree.
func hashEntries(dir string, size int64) ([]tlog.Hash, error) {
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) { return pick(stored, indexes) })
	for start := int64(0); start < size; start += 1 << height {
		tile := tlog.Tile{H: height, L: -1, N: start >> height, W: width(size, start)}
		data, err := os.ReadFile(filePath(dir, tile))
		if err != nil {
			return nil, err
		}
		found, err := entries(data)
		if err == nil && len(found) != tile.W {
			err = fmt.Errorf("%d entries, want %d", len(found), tile.W)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %v", tile.Path(), err)
		}
		for i, entry := range found {
			hashes, err := tlog.StoredHashes(start+int64(i), entry, reader)
			if err != nil {
				return nil, err
			}
			stored = append(stored, hashes...)
		}
	}
	return stored, nil
}

func width(size, start int64) int {
	if size-start < 1<<height {
		return int(size - start)
	}
	return 1 << height
}

func pick(stored []tlog.Hash, indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index < 0 || index >= int64(len(stored)) {
			return nil, fmt.Errorf("hash %d is not in the tree", index)
		}
		hashes[i] = stored[index]
	}
	return hashes, nil
}

// checkTiles compares each published tile of the tree with the hashes made from the entries.
func checkTiles(dir string, size int64, reader tlog.HashReader) (count int, err error) {
	widest := map[tlog.Tile]int{}
	for _, tile := range tlog.NewTiles(height, 0, size) {
		place := tlog.Tile{H: tile.H, L: tile.L, N: tile.N}
		if tile.W > widest[place] {
			widest[place] = tile.W
		}
	}
	for tile, w := range widest {
		tile.W = w
		want, err := tlog.ReadTileData(tile, reader)
		if err != nil {
			return 0, err
		}
		have, err := os.ReadFile(filePath(dir, tile))
		if err != nil {
			return 0, err
		}
		if !bytes.Equal(have, want) {
			return 0, fmt.Errorf("%s is not the hashes of the entries", filePath(dir, tile))
		}
	}
	return len(widest), nil
}

// tileFiles lets Go's reader of tiles read the published ones.
type tileFiles struct{ dir string }

func (f tileFiles) Height() int                     { return height }
func (f tileFiles) SaveTiles([]tlog.Tile, [][]byte) {}

func (f tileFiles) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	found := make([][]byte, len(tiles))
	for i, tile := range tiles {
		data, err := os.ReadFile(filePath(f.dir, tile))
		if err != nil {
			return nil, err
		}
		found[i] = data
	}
	return found, nil
}

// checkOld proves, from the tiles alone, that the tree continues an older one.
func checkOld(path, origin string, verifier note.Verifier, tree tlog.Tree, reader tlog.HashReader) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	oldOrigin, old, err := readCheckpoint(data, verifier)
	if err != nil {
		return err
	}
	if oldOrigin != origin {
		return fmt.Errorf("it is of the log %q, not %q", oldOrigin, origin)
	}
	if old.N < 1 || old.N > tree.N {
		return fmt.Errorf("its size is %d, that of the log %d", old.N, tree.N)
	}
	proof, err := tlog.ProveTree(tree.N, old.N, reader)
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash)
}

// checkProof verifies a .tlog-proof file of one entry, by its own checkpoint.
func checkProof(proofPath, entryPath, origin string, verifier note.Verifier) error {
	data, err := os.ReadFile(proofPath)
	if err != nil {
		return err
	}
	entry, err := os.ReadFile(entryPath)
	if err != nil {
		return err
	}
	halves := strings.SplitN(string(data), "\n\n", 2)
	lines := strings.Split(halves[0], "\n")
	if len(halves) < 2 || len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return errors.New("malformed proof")
	}
	if strings.HasPrefix(lines[1], "extra ") {
		lines = lines[1:]
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	if err != nil {
		return err
	}
	var proof tlog.RecordProof
	for _, line := range lines[2:] {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return err
		}
		proof = append(proof, hash)
	}
	proofOrigin, tree, err := readCheckpoint([]byte(halves[1]), verifier)
	if err != nil {
		return err
	}
	if proofOrigin != origin {
		return fmt.Errorf("it is of the log %q, not %q", proofOrigin, origin)
	}
	return tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entry))
}

type options struct{ dir, key, old, proof, entry string }

func run(given options) error {
	verifier, err := note.NewVerifier(given.key)
	if err != nil {
		return fmt.Errorf("key: %v", err)
	}
	data, err := os.ReadFile(filepath.Join(given.dir, "checkpoint"))
	if err != nil {
		return err
	}
	origin, tree, err := readCheckpoint(data, verifier)
	if err != nil {
		return fmt.Errorf("checkpoint: %v", err)
	}
	stored, err := hashEntries(given.dir, tree.N)
	if err != nil {
		return fmt.Errorf("entries: %v", err)
	}
	hashed := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) { return pick(stored, indexes) })
	root, err := tlog.TreeHash(tree.N, hashed)
	if err != nil {
		return err
	}
	if root != tree.Hash {
		return fmt.Errorf("the entries hash to the root %v, the checkpoint has %v", root, tree.Hash)
	}
	tiles, err := checkTiles(given.dir, tree.N, hashed)
	if err != nil {
		return fmt.Errorf("tiles: %v", err)
	}
	if given.old != "" {
		if err := checkOld(given.old, origin, verifier, tree, tlog.TileHashReader(tree, tileFiles{given.dir})); err != nil {
			return fmt.Errorf("old checkpoint: %v", err)
		}
	}
	if given.proof != "" {
		if err := checkProof(given.proof, given.entry, origin, verifier); err != nil {
			return fmt.Errorf("proof: %v", err)
		}
	}
	fmt.Printf("ok %s %d %s %d tiles\n", origin, tree.N, base64.StdEncoding.EncodeToString(root[:]), tiles)
	return nil
}

func main() {
	var given options
	flag.StringVar(&given.dir, "dir", "", "the published directory")
	flag.StringVar(&given.key, "key", "", "the log's verifier key")
	flag.StringVar(&given.old, "old", "", "an older signed checkpoint that was kept")
	flag.StringVar(&given.proof, "proof", "", "a .tlog-proof file")
	flag.StringVar(&given.entry, "entry", "", "the entry that the proof is about")
	flag.Parse()
	if err := run(given); err != nil {
		fmt.Fprintln(os.Stderr, "check:", err)
		os.Exit(1)
	}
}
