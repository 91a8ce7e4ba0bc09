package bolt

// A look at a database file before bbolt maps it: bbolt reads past the end of a
// truncated file, which ends the process, and makes a new database of an empty
// one.

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
)

// The layout of bbolt's meta page, version 2: a page header, then magic,
// version, page size, flags (4 bytes each), root page, root sequence, freelist
// page, high-water mark, transaction and checksum (8 bytes each), all in the
// machine's byte order.
const (
	pageHeader  = 16
	metaSize    = 64
	metaMagic   = 0xED0CDAED
	metaVersion = 2
	minPage     = 1 << 10
	maxPage     = 1 << 24
)

type metaPage struct {
	pageSize, root, highWater, freelist, txid uint64
}

// The freelist: a page of that flag whose number stands at its start; its ids
// take eight bytes each. Where their count does not fit its field, which is
// then freelistLong, it comes before them. noFreelist says that there is none: bbolt
// then looks for free pages in a goroutine of its own, where damage ends the process.
const (
	freelistLong = 0xffff
	freelistFlag = 0x10
	noFreelist   = ^uint64(0)
)

// vetFile tells why a file cannot be a whole bbolt database, or nil.
func vetFile(f *os.File) error {
	for {
		meta, err := newestMeta(f)
		if err != nil {
			return err
		}
		err = meta.vet(f)
		if err == nil {
			return nil
		}
		// A writer may have moved on between two reads.
		if now, again := newestMeta(f); again != nil || now.txid == meta.txid {
			return err
		}
	}
}

func newestMeta(f io.ReaderAt) (*metaPage, error) {
	var best *metaPage
	if m, err := readMeta(f, 0); err == nil {
		best = m
	}
	for size := int64(minPage); size <= maxPage; size <<= 1 {
		m, err := readMeta(f, size)
		if err == nil && m.pageSize == uint64(size) && (best == nil || m.txid > best.txid) {
			best = m
		}
	}
	if best == nil {
		return nil, errors.New("no valid meta page")
	}
	return best, nil
}

func (m *metaPage) vet(f *os.File) error {
	// The size is read after the meta page: a writer lets the file grow first.
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if need := m.highWater * m.pageSize; uint64(info.Size()) < need {
		return fmt.Errorf("the file has %d bytes of at least %d", info.Size(), need)
	}
	if m.freelist == noFreelist {
		return errors.New("no list of free pages")
	}
	var b [pageHeader]byte
	if _, err := f.ReadAt(b[:], int64(m.freelist*m.pageSize)); err != nil {
		return fmt.Errorf("no list of free pages: %w", err)
	}
	order := binary.NativeEndian
	number, flags, count, overflow := order.Uint64(b[0:]), order.Uint16(b[8:]), order.Uint16(b[10:]), uint64(order.Uint32(b[12:]))
	ids, room := uint64(count), (overflow+1)*m.pageSize-pageHeader
	if count == freelistLong {
		var first [8]byte
		if _, err := f.ReadAt(first[:], int64(m.freelist*m.pageSize)+pageHeader); err != nil {
			return fmt.Errorf("no list of free pages: %w", err)
		}
		ids, room = order.Uint64(first[:]), room-8
	}
	fits := ids <= room/8 && m.freelist+overflow < m.highWater
	if number != m.freelist || flags != freelistFlag || !fits {
		return errors.New("no list of free pages where it should be")
	}
	return nil
}

func readMeta(r io.ReaderAt, at int64) (*metaPage, error) {
	var b [metaSize]byte
	if _, err := r.ReadAt(b[:], at+pageHeader); err != nil {
		return nil, err
	}
	order := binary.NativeEndian
	sum := fnv.New64a()
	sum.Write(b[:metaSize-8])
	m := &metaPage{pageSize: uint64(order.Uint32(b[8:])), root: order.Uint64(b[16:]), freelist: order.Uint64(b[32:]), highWater: order.Uint64(b[40:]), txid: order.Uint64(b[48:])}
	switch {
	case order.Uint32(b[0:]) != metaMagic || order.Uint32(b[4:]) != metaVersion || order.Uint64(b[56:]) != sum.Sum64():
		return nil, errors.New("no meta page")
	case m.pageSize < minPage || m.pageSize > maxPage || m.highWater > 1<<40 || (m.freelist != noFreelist && m.freelist >= m.highWater):
		return nil, errors.New("a meta page with impossible numbers")
	}
	return m, nil
}
