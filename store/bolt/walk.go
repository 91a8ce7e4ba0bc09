package bolt

// Going through every page of a database file before bbolt does: on a page that
// leads back to itself, bbolt goes round until the process ends, and on an
// element that points outside its page it reads whatever is there.

import (
	"encoding/binary"
	"fmt"
	"io"
)

// Pages of a tree: a header of 16 bytes (number, flags, count of elements,
// overflow), then the elements, 16 bytes each. Those of a leaf have flags,
// position, length of key and of value; those of a branch position, length of
// key, and the number of a page (8 bytes). A position counts from its element.
const (
	branchFlag    = 0x01
	leafFlag      = 0x02
	elementSize   = 16
	bucketElement = 0x01 // flag of a leaf's element whose value is a bucket
	bucketHead    = 16   // of a bucket: the number of its root page, 0 for a page that follows at once; and a sequence
	maxDepth      = 64   // of a tree; one of four thousand million pages has ten
)

// walker goes through the trees of one state of a file.
type walker struct {
	r    io.ReaderAt
	meta *metaPage
	seen []uint64 // a bit for each page
}

// walk tells why the pages of a file cannot be what bbolt wrote, or nil. Nobody
// may write to the file meanwhile.
func walk(r io.ReaderAt) error {
	meta, err := newestMeta(r)
	if err != nil {
		return err
	}
	w := walker{r: r, meta: meta, seen: make([]uint64, meta.highWater/64+1)}
	return w.page(meta.root, 0)
}

// page goes through a page and what it leads to.
func (w *walker) page(id uint64, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("page %d: the tree is too deep", id)
	}
	if err := w.visit(id); err != nil {
		return err
	}
	var head [pageHeader]byte
	at := int64(id * w.meta.pageSize)
	if _, err := w.r.ReadAt(head[:], at); err != nil {
		return fmt.Errorf("page %d: %w", id, err)
	}
	order := binary.NativeEndian
	if number := order.Uint64(head[:]); number != id {
		return fmt.Errorf("page %d calls itself %d", id, number)
	}
	overflow := uint64(order.Uint32(head[12:]))
	for i := range overflow {
		if err := w.visit(id + 1 + i); err != nil {
			return err
		}
	}
	return w.elements(head, section{w.r, at, (overflow + 1) * w.meta.pageSize}, fmt.Sprintf("page %d", id), depth)
}

// visit marks a page, which may be in the trees once.
func (w *walker) visit(id uint64) error {
	if id < 2 || id >= w.meta.highWater {
		return fmt.Errorf("page %d of %d is led to", id, w.meta.highWater)
	}
	if w.seen[id/64]&(1<<(id%64)) != 0 {
		return fmt.Errorf("page %d is led to twice", id)
	}
	w.seen[id/64] |= 1 << (id % 64)
	return nil
}

// section is the bytes of a page.
type section struct {
	r    io.ReaderAt
	at   int64
	size uint64
}

func (s section) read(from, n uint64) ([]byte, error) {
	if from > s.size || n > s.size-from {
		return nil, fmt.Errorf("%d bytes at %d of %d", n, from, s.size)
	}
	b := make([]byte, n)
	_, err := s.r.ReadAt(b, s.at+int64(from))
	return b, err
}

// elements goes through the elements of a page, whose header is given.
func (w *walker) elements(head [pageHeader]byte, s section, name string, depth int) error {
	order := binary.NativeEndian
	flags, count := order.Uint16(head[8:]), uint64(order.Uint16(head[10:]))
	if flags != branchFlag && flags != leafFlag || flags == branchFlag && count == 0 {
		return fmt.Errorf("%s is no page of a tree", name)
	}
	all, err := s.read(pageHeader, count*elementSize)
	if err != nil {
		return fmt.Errorf("%s: its elements: %w", name, err)
	}
	for i := range count {
		e, at := all[i*elementSize:(i+1)*elementSize], pageHeader+i*elementSize
		if flags == branchFlag {
			if end := at + uint64(order.Uint32(e)) + uint64(order.Uint32(e[4:])); end > s.size {
				return fmt.Errorf("%s: element %d ends at %d of %d", name, i, end, s.size)
			}
			err = w.page(order.Uint64(e[8:]), depth+1)
		} else {
			value := at + uint64(order.Uint32(e[4:])) + uint64(order.Uint32(e[8:]))
			length := uint64(order.Uint32(e[12:]))
			if value > s.size || length > s.size-value {
				return fmt.Errorf("%s: element %d ends at %d of %d", name, i, value+length, s.size)
			}
			if order.Uint32(e)&bucketElement != 0 {
				err = w.bucket(s, value, length, fmt.Sprintf("%s, bucket %d", name, i), depth+1)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// bucket goes through the bucket that is a value of a leaf.
func (w *walker) bucket(s section, at, length uint64, name string, depth int) error {
	inline := section{s.r, s.at + int64(at), length}
	head, err := inline.read(0, bucketHead)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if root := binary.NativeEndian.Uint64(head); root != 0 {
		return w.page(root, depth)
	}
	inline = section{s.r, inline.at + bucketHead, length - bucketHead}
	b, err := inline.read(0, pageHeader)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if flags := binary.NativeEndian.Uint16(b[8:]); flags != leafFlag || depth > maxDepth {
		return fmt.Errorf("%s is no leaf", name)
	}
	return w.elements([pageHeader]byte(b), inline, name, depth)
}
