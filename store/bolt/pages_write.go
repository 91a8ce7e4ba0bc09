package bolt

// Writing the cache of pages, within its bounds of age and size.

import (
	"bytes"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"github.com/vigile-it/vigile/internal/record"
)

// write gathers pages and commits them, until the queue is closed.
func (p *Pages) write() {
	defer close(p.done)
	tick := time.NewTicker(pagesLatency)
	defer tick.Stop()
	var batch []pageEntry
	size := 0
	flush := func() {
		if len(batch) > 0 {
			p.report(p.commit(batch))
		}
		for _, e := range batch {
			p.waiting.Release(e.weight())
		}
		clear(batch)
		batch, size = batch[:0], 0
	}
	for {
		select {
		case e, open := <-p.queue:
			if !open {
				flush()
				return
			}
			batch, size = append(batch, e), size+len(e.value)
			if size >= pagesBatch || len(batch) >= pagesQueue {
				flush()
			}
		case <-tick.C:
			flush()
			if p.now().Sub(p.forgotAt) >= pagesForget {
				p.report(p.forget(false))
			}
		}
	}
}

func (p *Pages) report(err error) {
	if err != nil {
		p.failed(fmt.Errorf("keeping pages: %w", err))
	}
}

func (p *Pages) commit(batch []pageEntry) error {
	return safely(func() error {
		return p.db.Update(func(tx *bbolt.Tx) error {
			p.measure(tx)
			for _, e := range batch {
				do := p.putIndex
				if e.visit {
					do = p.putVisit
				}
				if err := do(tx, e); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// measure looks whether there is room for more. What is said of it is said once.
func (p *Pages) measure(tx *bbolt.Tx) {
	stats := p.db.Stats()
	used := tx.Size() - int64(stats.FreePageN+stats.PendingPageN)*int64(p.db.Info().PageSize)
	was := p.full
	if p.full = used > p.limit; p.full && !was {
		p.failed(fmt.Errorf("keeping pages: the file has %d MB, its bound is %d MB: no more is kept", used>>20, p.limit>>20))
	}
}

func (p *Pages) putIndex(tx *bbolt.Tx, e pageEntry) error {
	b, key := tx.Bucket(bucketIndexes), indexKey(e.istat, e.id)
	if p.full || b.Get(key) != nil {
		return nil
	}
	return b.Put(key, e.value)
}

func (p *Pages) putVisit(tx *bbolt.Tx, e pageEntry) error {
	b := tx.Bucket(bucketIndexes)
	listed := map[string]bool{}
	for _, id := range e.listed {
		key := indexKey(e.istat, id)
		if b.Get(key) == nil {
			return dropComune(tx, e.istat)
		}
		listed[string(key)] = true
	}
	if err := deleteWhere(b, indexPrefix(e.istat), func(key, _ []byte) bool { return !listed[string(key)] }); err != nil {
		return err
	}
	return tx.Bucket(bucketVisits).Put([]byte(e.istat), e.value)
}

func dropComune(tx *bbolt.Tx, istat string) error {
	if err := deleteWhere(tx.Bucket(bucketIndexes), indexPrefix(istat), func(_, _ []byte) bool { return true }); err != nil {
		return err
	}
	return tx.Bucket(bucketVisits).Delete([]byte(istat))
}

// forget drops what is older than the cache may keep and, where no visit is
// under way, what visits that were broken off have left.
func (p *Pages) forget(idle bool) error {
	p.forgotAt = p.now()
	oldest := p.now().Add(-pagesKept)
	return safely(func() error { return p.db.Update(p.forgetting(oldest, idle)) })
}

func (p *Pages) forgetting(oldest time.Time, idle bool) func(*bbolt.Tx) error {
	return func(tx *bbolt.Tx) error {
		visits := tx.Bucket(bucketVisits)
		var old []string
		err := visits.ForEach(func(istat, value []byte) error {
			b, err := p.decompress(value)
			if err == nil {
				var v record.KeptVisit
				if v, err = record.UnpackVisit(b); err == nil && !v.Started.Before(oldest) {
					return nil
				}
			}
			old = append(old, string(istat))
			return nil
		})
		if err != nil {
			return err
		}
		for _, istat := range old {
			if err := dropComune(tx, istat); err != nil {
				return err
			}
		}
		if !idle {
			return nil
		}
		return deleteWhere(tx.Bucket(bucketIndexes), nil, func(key, _ []byte) bool {
			istat, _, _ := bytes.Cut(key, []byte{0})
			return visits.Get(istat) == nil
		})
	}
}

// deleteWhere deletes under a prefix. A cursor that deletes as it goes skips
// keys, so they are listed first.
func deleteWhere(b *bbolt.Bucket, prefix []byte, drop func(key, value []byte) bool) error {
	var keys [][]byte
	c := b.Cursor()
	for key, value := c.Seek(prefix); key != nil && bytes.HasPrefix(key, prefix); key, value = c.Next() {
		if drop(key, value) {
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
