package bolt

// The page indexes of the latest visits, in a file of their own: a cache that
// may be deleted at any time, unlike the results.

import (
	"context"
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
	"golang.org/x/sync/semaphore"

	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/store"
)

// Bounds of the cache of pages.
const (
	pagesKept    = 30 * 24 * time.Hour // what the contract allows
	pagesForget  = 24 * time.Hour      // between two looks for what is older
	pagesQueue   = 128                 // pages and visits waiting to be written
	pagesWaiting = 16 << 20            // bytes of them
	pagesBatch   = 4 << 20             // bytes of one transaction, about
	pagesLatency = time.Second         // the longest a page waits
	maxPageBytes = 32 << 20            // of one index, unpacked
	maxPagesFile = 2 << 30             // bytes of the file in use, unless another bound is given
)

// The buckets: the latest visit by ISTAT code, and the indexes of its pages by
// istat ‖ 0 ‖ id. Both kinds of value are the version of their form and the rest
// compressed. The third is of a form given up.
var (
	bucketVisits  = []byte("visits")
	bucketIndexes = []byte("indexes")
	bucketFormer  = []byte("pages")
)

const pageForm = 2

// Pages keeps the page indexes of the latest visit to each comune, for 30 days.
// Its methods may be called from any number of goroutines.
type Pages struct {
	db     *bbolt.DB
	now    func() time.Time
	failed func(error)
	limit  int64
	enc    *zstd.Encoder
	dec    *zstd.Decoder

	mu      sync.RWMutex // held for reading while something is queued
	closed  bool
	queue   chan pageEntry
	waiting *semaphore.Weighted // bytes
	done    chan struct{}

	full     bool // of the writer alone, as are these
	forgotAt time.Time
}

// pageEntry is an index to be written, or the visit that ends a comune's.
type pageEntry struct {
	istat  string
	id     record.IndexID
	value  []byte
	visit  bool
	listed []record.IndexID // of a visit
}

func (e pageEntry) weight() int64 { return min(int64(len(e.value)), pagesWaiting) }

// PagesOptions say how the cache is opened.
type PagesOptions struct {
	ReadOnly bool
	Wait     time.Duration    // for a lock that another process has; 0: one second
	Now      func() time.Time // nil: time.Now
	Failed   func(error)      // told when pages could not be written; nil: nobody is
	MaxBytes int64            // of the file in use: beyond it no more is kept; 0: 2 GB
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
	if o.MaxBytes <= 0 {
		o.MaxBytes = maxPagesFile
	}
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(window),
		zstd.WithEncoderConcurrency(1), zstd.WithLowerEncoderMem(true))
	if err != nil {
		return nil, err
	}
	dec, err := zstd.NewReader(nil, zstd.WithDecoderMaxMemory(maxPageBytes), zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true))
	if err != nil {
		return nil, err
	}
	p := &Pages{
		now: o.Now, failed: o.Failed, limit: o.MaxBytes, enc: enc, dec: dec,
		queue: make(chan pageEntry, pagesQueue), waiting: semaphore.NewWeighted(pagesWaiting), done: make(chan struct{}),
	}
	if err := p.open(path, o); err != nil {
		return nil, err
	}
	if o.ReadOnly {
		close(p.done)
		return p, nil
	}
	go p.write()
	return p, nil
}

// open opens the file, and throws away one that cannot be read: that is no loss.
func (p *Pages) open(path string, o PagesOptions) error {
	if o.ReadOnly {
		if _, err := os.Stat(path); err != nil {
			return fmt.Errorf("opening kept pages: %w", err)
		}
	} else if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("opening kept pages: %w", err)
	}
	err := p.openOnce(path, o)
	switch {
	case err == nil, o.ReadOnly, errors.Is(err, berrors.ErrTimeout), errors.Is(err, fs.ErrPermission):
	default:
		if err = os.Remove(path); err == nil {
			err = p.openOnce(path, o)
		}
	}
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return &store.LockedError{Path: path}
	case err != nil:
		return fmt.Errorf("opening kept pages %s: %w", filepath.Base(path), err)
	}
	return nil
}

// openOnce opens the file and goes through what is kept, which shows whether its pages
// can be read.
func (p *Pages) openOnce(path string, o PagesOptions) error {
	if err := vetPages(path); err != nil {
		return err
	}
	db, _, err := openMapped(path, bbolt.Options{Timeout: o.Wait, ReadOnly: o.ReadOnly}, 0)
	if err != nil {
		return err
	}
	if p.db = db; o.ReadOnly {
		return nil
	}
	if err = p.prepare(); err == nil {
		err = p.forget(true)
	}
	if err != nil {
		db.Close()
	}
	return err
}

// vetPages refuses a file that bbolt must not be shown.
func vetPages(path string) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || info.Size() == 0 {
		return err
	}
	return vetFile(f)
}

func (p *Pages) prepare() error {
	return safely(func() error {
		return p.db.Update(func(tx *bbolt.Tx) error {
			if tx.Bucket(bucketFormer) != nil {
				if err := tx.DeleteBucket(bucketFormer); err != nil {
					return err
				}
			}
			for _, name := range [][]byte{bucketVisits, bucketIndexes} {
				if _, err := tx.CreateBucketIfNotExists(name); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// errPagesReadOnly is returned to who would write what was opened to read.
var errPagesReadOnly = errors.New("keeping pages: opened to read")

// KeepIndex queues the packed index of a page that the visit under way to a
// comune has shown. It waits while the disk is slower than the crawl, and does
// nothing once the cache is closed.
func (p *Pages) KeepIndex(ctx context.Context, istat string, index []byte) (record.IndexID, error) {
	id := record.IDOf(index)
	if len(index) > maxPageBytes {
		return id, fmt.Errorf("keeping a page: an index of %d bytes", len(index))
	}
	return id, p.enqueue(ctx, pageEntry{istat: istat, id: id, value: p.compress(index)})
}

// KeepVisit queues the end of a visit, after its indexes. Those it does not list
// are dropped; where one that it lists is missing, nothing of the comune is kept.
func (p *Pages) KeepVisit(ctx context.Context, v record.KeptVisit) error {
	b, err := record.PackVisit(v)
	if err != nil {
		return err
	}
	e := pageEntry{istat: v.Istat, value: p.compress(b), visit: true}
	for _, k := range v.Pages {
		e.listed = append(e.listed, k.Index)
	}
	if len(v.Under) > 0 {
		e.listed = append(e.listed, v.Trace)
	}
	return p.enqueue(ctx, e)
}

func (p *Pages) enqueue(ctx context.Context, e pageEntry) error {
	if p.db.IsReadOnly() {
		return errPagesReadOnly
	}
	p.mu.RLock()
	defer p.mu.RUnlock()
	if p.closed {
		return nil
	}
	if err := p.waiting.Acquire(ctx, e.weight()); err != nil {
		return err
	}
	select {
	case p.queue <- e:
		return nil
	case <-ctx.Done():
		p.waiting.Release(e.weight())
		return ctx.Err()
	}
}

// Visit is the latest visit to a comune of which the pages are kept, if there is
// one of the last 30 days.
func (p *Pages) Visit(ctx context.Context, istat string) (v record.KeptVisit, known bool, err error) {
	if err := ctx.Err(); err != nil {
		return v, false, err
	}
	b, err := p.get(bucketVisits, []byte(istat))
	if err != nil || b == nil {
		return v, false, err
	}
	if v, err = record.UnpackVisit(b); err != nil {
		return v, false, err
	}
	v.Istat = istat
	return v, !v.Started.Before(p.now().Add(-pagesKept)), nil
}

// errNoIndex says that an index is not kept, or not any more.
var errNoIndex = errors.New("the index of a page is not kept")

// Index is a packed index of a comune's.
func (p *Pages) Index(ctx context.Context, istat string, id record.IndexID) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	b, err := p.get(bucketIndexes, indexKey(istat, id))
	switch {
	case err != nil:
		return nil, err
	case b == nil:
		return nil, errNoIndex
	case record.IDOf(b) != id:
		return nil, errors.New("reading a kept page: damaged")
	}
	return b, nil
}

// get is a value decompressed; nil: there is none. Damage to the file is an error.
func (p *Pages) get(bucket, key []byte) (out []byte, err error) {
	err = safely(func() error {
		return p.db.View(func(tx *bbolt.Tx) error {
			b := tx.Bucket(bucket)
			if b == nil {
				return nil
			}
			value := b.Get(key)
			if value == nil {
				return nil
			}
			out, err = p.decompress(value)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("reading kept pages: %w", err)
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

func indexPrefix(istat string) []byte { return append([]byte(istat), 0) }

func indexKey(istat string, id record.IndexID) []byte { return append(indexPrefix(istat), id[:]...) }

func (p *Pages) compress(b []byte) []byte {
	return p.enc.EncodeAll(b, append(make([]byte, 0, 64+len(b)/4), pageForm))
}

func (p *Pages) decompress(value []byte) ([]byte, error) {
	if len(value) == 0 || value[0] != pageForm {
		return nil, errors.New("a value of an unknown form")
	}
	b, err := p.dec.DecodeAll(value[1:], nil)
	if err != nil {
		return nil, fmt.Errorf("a value that cannot be decompressed: %w", err)
	}
	return b, nil
}
