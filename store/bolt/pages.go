package bolt

// The page indexes of the latest visits, in a file of their own: a cache that
// may be deleted at any time, unlike the results.

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"
	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/store"
)

// Bounds of the cache of pages.
const (
	pagesKept    = 30 * 24 * time.Hour // what the contract allows
	pagesQueue   = 128                 // pages waiting to be written
	pagesBatch   = 500                 // pages of one transaction
	pagesLatency = time.Second         // the longest a page waits
	maxPageBytes = 32 << 20            // of one index, unpacked
)

var bucketPages = []byte("pages")

// Pages keeps the page indexes of the latest visit to each comune, for 30 days.
// Its methods may be called from any number of goroutines.
type Pages struct {
	db     *bbolt.DB
	now    func() time.Time
	failed func(error)
	enc    *zstd.Encoder
	dec    *zstd.Decoder

	mu     sync.RWMutex // held for reading while something is queued
	closed bool
	queue  chan pageEntry
	done   chan struct{}
}

type pageEntry struct {
	key, value []byte
	first      bool
}

// PagesOptions say how the cache is opened.
type PagesOptions struct {
	ReadOnly bool
	Wait     time.Duration    // for a lock that another process has; 0: one second
	Now      func() time.Time // nil: time.Now
	Failed   func(error)      // told when pages could not be written; nil: nobody is
}

// OpenPages opens the cache, and makes it where there is none and it is not
// ReadOnly. A damaged cache is thrown away. The error is a *store.LockedError
// where another process holds it for longer than o.Wait; it wraps
// fs.ErrNotExist where there is nothing to read.
func OpenPages(path string, o PagesOptions) (*Pages, error) {
	if o.Wait <= 0 {
		o.Wait = time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Failed == nil {
		o.Failed = func(error) {}
	}
	db, err := openPagesFile(path, o)
	if err != nil {
		return nil, err
	}
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(window), zstd.WithLowerEncoderMem(true))
	if err != nil {
		db.Close()
		return nil, err
	}
	dec, err := zstd.NewReader(nil, zstd.WithDecoderMaxMemory(maxPageBytes), zstd.WithDecoderLowmem(true))
	if err != nil {
		db.Close()
		return nil, err
	}
	p := &Pages{db: db, now: o.Now, failed: o.Failed, enc: enc, dec: dec, queue: make(chan pageEntry, pagesQueue), done: make(chan struct{})}
	if o.ReadOnly {
		close(p.done)
		return p, nil
	}
	if err := p.forget(); err != nil {
		db.Close()
		return nil, fmt.Errorf("opening kept pages: %w", err)
	}
	go p.write()
	return p, nil
}

func openPagesFile(path string, o PagesOptions) (*bbolt.DB, error) {
	if o.ReadOnly {
		if _, err := os.Stat(path); err != nil {
			return nil, fmt.Errorf("opening kept pages: %w", err)
		}
	} else if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("opening kept pages: %w", err)
	}
	db, err := openPagesOnce(path, o)
	switch {
	case err == nil, o.ReadOnly, errors.Is(err, berrors.ErrTimeout), errors.Is(err, fs.ErrPermission):
	default:
		if err = os.Remove(path); err == nil { // a cache that cannot be read is no loss
			db, err = openPagesOnce(path, o)
		}
	}
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return nil, &store.LockedError{Path: path}
	case err != nil:
		return nil, fmt.Errorf("opening kept pages %s: %w", filepath.Base(path), err)
	}
	return db, nil
}

// openPagesOnce opens the file. bbolt panics on some damage.
func openPagesOnce(path string, o PagesOptions) (db *bbolt.DB, err error) {
	defer func() {
		if v := recover(); v != nil {
			db, err = nil, fmt.Errorf("damaged: %v", v)
		}
	}()
	db, err = bbolt.Open(path, 0o600, &bbolt.Options{Timeout: o.Wait, ReadOnly: o.ReadOnly, FreelistType: bbolt.FreelistMapType, NoFreelistSync: true})
	if err != nil || o.ReadOnly {
		return db, err
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucketIfNotExists(bucketPages)
		return err
	})
	if err != nil {
		db.Close()
		return nil, err
	}
	return db, nil
}

// Keep queues one page. The first page of a visit drops those of the visit
// before. It waits while the disk is slower than the crawl, and does nothing
// once the cache is closed.
func (p *Pages) Keep(ctx context.Context, k record.Kept) error {
	if p.db.IsReadOnly() {
		return errors.New("keeping a page: opened to read")
	}
	e := pageEntry{key: pageKey(k.Istat, k.Seq), value: p.pack(k), first: k.Seq == 0}
	p.mu.RLock()
	defer p.mu.RUnlock()
	if p.closed {
		return nil
	}
	select {
	case p.queue <- e:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Of lists the kept pages of a comune's visit of that run, in order; none where
// a later visit or a month has taken them.
func (p *Pages) Of(ctx context.Context, istat, run string) ([]record.Kept, error) {
	var out []record.Kept
	err := p.db.View(func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucketPages)
		if b == nil {
			return nil
		}
		c := b.Cursor()
		prefix := pagePrefix(istat)
		for key, value := c.Seek(prefix); bytes.HasPrefix(key, prefix); key, value = c.Next() {
			if err := ctx.Err(); err != nil {
				return err
			}
			k, err := p.unpack(value, run)
			if err != nil {
				return err
			}
			if k.Run == run {
				k.Istat, k.Seq = istat, int(binary.BigEndian.Uint16(key[len(prefix):]))
				out = append(out, k)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading kept pages of %s: %w", istat, err)
	}
	return out, nil
}

// Close writes what is queued and releases the file. It is safe to call twice.
func (p *Pages) Close() error {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil
	}
	p.closed = true
	close(p.queue)
	p.mu.Unlock()
	<-p.done
	p.dec.Close()
	return errors.Join(p.enc.Close(), p.db.Close())
}

// write gathers pages and commits them, until the queue is closed.
func (p *Pages) write() {
	defer close(p.done)
	tick := time.NewTicker(pagesLatency)
	defer tick.Stop()
	var batch []pageEntry
	flush := func() {
		if len(batch) == 0 {
			return
		}
		if err := p.commit(batch); err != nil {
			p.failed(fmt.Errorf("keeping pages: %w", err))
		}
		batch = batch[:0]
	}
	for {
		select {
		case e, open := <-p.queue:
			if !open {
				flush()
				return
			}
			if batch = append(batch, e); len(batch) >= pagesBatch {
				flush()
			}
		case <-tick.C:
			flush()
		}
	}
}

func (p *Pages) commit(batch []pageEntry) error {
	return p.db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucketPages)
		for _, e := range batch {
			if e.first {
				if err := dropPages(b, e.key[:len(e.key)-2]); err != nil {
					return err
				}
			}
			if err := b.Put(e.key, e.value); err != nil {
				return err
			}
		}
		return nil
	})
}

func dropPages(b *bbolt.Bucket, prefix []byte) error {
	return deleteWhere(b, prefix, func([]byte) bool { return true })
}

// forget drops what is older than the cache may keep.
func (p *Pages) forget() error {
	oldest := p.now().Add(-pagesKept)
	return p.db.Update(func(tx *bbolt.Tx) error {
		return deleteWhere(tx.Bucket(bucketPages), nil, func(value []byte) bool {
			k, _, ok := pageHead(value)
			return !ok || k.Started.Before(oldest)
		})
	})
}

// deleteWhere deletes under a prefix. A cursor that deletes as it goes skips
// keys, so they are listed first.
func deleteWhere(b *bbolt.Bucket, prefix []byte, drop func(value []byte) bool) error {
	var keys [][]byte
	c := b.Cursor()
	for key, value := c.Seek(prefix); key != nil && bytes.HasPrefix(key, prefix); key, value = c.Next() {
		if drop(value) {
			keys = append(keys, bytes.Clone(key))
		}
	}
	for _, key := range keys {
		if err := b.Delete(key); err != nil {
			return err
		}
	}
	return nil
}

// A key is istat ‖ 0 ‖ the place of the page in its visit, two bytes.
func pagePrefix(istat string) []byte { return append([]byte(istat), 0) }

func pageKey(istat string, seq int) []byte {
	return binary.BigEndian.AppendUint16(pagePrefix(istat), uint16(seq))
}

// A value is the version of its form, the moment of the visit, the run's id
// with its length before it, and the index compressed.
const (
	pageForm     = 1
	pageHeadSize = 1 + 8 + 1
	maxRunID     = 255
)

func (p *Pages) pack(k record.Kept) []byte {
	run := k.Run[:min(len(k.Run), maxRunID)]
	b := make([]byte, 0, pageHeadSize+len(run)+len(k.Index)/4)
	b = append(b, pageForm)
	b = binary.BigEndian.AppendUint64(b, uint64(k.Started.UnixNano()))
	b = append(append(b, byte(len(run))), run...)
	return p.enc.EncodeAll(k.Index, b)
}

// pageHead reads what stands before the index.
func pageHead(value []byte) (k record.Kept, rest []byte, ok bool) {
	if len(value) < pageHeadSize || value[0] != pageForm {
		return k, nil, false
	}
	run := int(value[9])
	if len(value) < pageHeadSize+run {
		return k, nil, false
	}
	k.Started = time.Unix(0, int64(binary.BigEndian.Uint64(value[1:9]))).UTC()
	k.Run = string(value[pageHeadSize : pageHeadSize+run])
	return k, value[pageHeadSize+run:], true
}

// unpack reads a value; the index only where it is of that run.
func (p *Pages) unpack(value []byte, run string) (record.Kept, error) {
	k, rest, ok := pageHead(value)
	if !ok {
		return k, errors.New("a page of an unknown form")
	}
	if k.Run != run {
		return k, nil
	}
	index, err := p.dec.DecodeAll(rest, nil)
	if err != nil {
		return k, fmt.Errorf("a page that cannot be decompressed: %w", err)
	}
	k.Index = index
	return k, nil
}
