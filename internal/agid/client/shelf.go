package client

// This file keeps answers: a small file each, readable by nobody else, replaced
// in one step, and no more of them than a bound.

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash/fnv"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/vigile-it/vigile/internal/agid"
)

// For how long an answer may be given again: one that is good between four days and
// seven, by publication, so that what was asked in one night does not come due in one;
// any other until the night after, for whoever has put things right is not to be red
// for a week.
const (
	goodDays  = 4
	goodMore  = 4 // days, fewer than so many
	goodMost  = (goodDays + goodMore - 1) * 24 * time.Hour
	otherwise = 12 * time.Hour
)

const (
	maxKept   = 30_000   // answers
	maxFile   = 64 << 10 // bytes of one
	tidyEvery = 2_000    // answers written
)

// kept is an answer on the shelf.
type kept struct {
	Key    string      `json:"key"`
	Answer agid.Answer `json:"answer"`
}

// fresh tells whether an answer may still be given.
func fresh(key string, a agid.Answer, now time.Time) bool {
	age := now.Sub(a.FetchedAt)
	if age < -time.Hour { // a clock that was set back
		return false
	}
	switch {
	case a.Outcome == agid.Found && current(a, now):
		return age < goodFor(key)
	case a.Outcome == agid.Found, a.Outcome == agid.NotFound:
		return age < otherwise
	}
	return false
}

// current tells a publication that is of the cycle of the day, whatever it is of where
// that is not said.
func current(a agid.Answer, now time.Time) bool {
	serves := func(r agid.Rule) bool { return agid.Due(now, r).Freshness(a.Changed()) == agid.Current }
	return (a.Form == agid.FormObjectives || serves(agid.DeclarationRule())) &&
		(a.Form == agid.FormDeclaration || serves(agid.ObjectivesRule()))
}

// goodFor is for how long a good answer is kept.
func goodFor(key string) time.Duration {
	h := fnv.New32a()
	h.Write([]byte(key))
	return time.Duration(goodDays+h.Sum32()%goodMore) * 24 * time.Hour
}

// shelf keeps answers in a directory; without one, or where it cannot be
// written, in memory.
type shelf struct {
	dir string
	now func() time.Time
	log *slog.Logger

	mu      sync.Mutex
	memory  map[string]agid.Answer
	written int
	warned  bool
}

func newShelf(dir string, now func() time.Time, log *slog.Logger) *shelf {
	return &shelf{dir: dir, now: now, log: log, memory: map[string]agid.Answer{}}
}

func (s *shelf) get(key string) (agid.Answer, bool) {
	s.mu.Lock()
	a, ok := s.memory[key]
	s.mu.Unlock()
	if !ok {
		b, err := s.read(nameOf(key))
		if err != nil {
			return agid.Answer{}, false
		}
		var k kept
		if json.Unmarshal(b, &k) != nil || k.Key != key {
			return agid.Answer{}, false
		}
		a = k.Answer
	}
	return a, fresh(key, a, s.now())
}

func (s *shelf) put(key string, a agid.Answer) {
	b, err := json.Marshal(kept{key, a})
	if err == nil && s.write(nameOf(key), b) {
		s.mu.Lock()
		delete(s.memory, key)
		s.written++
		due := s.written%tidyEvery == 1
		s.mu.Unlock()
		if due {
			s.tidy()
		}
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.memory) >= maxKept {
		clear(s.memory)
	}
	s.memory[key] = a
}

func nameOf(key string) string {
	name := fingerprint(key)
	return filepath.Join(name[:2], name[2:]+".json")
}

func fingerprint(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:16])
}

func (s *shelf) read(name string) ([]byte, error) {
	if s.dir == "" {
		return nil, fs.ErrNotExist
	}
	f, err := os.Open(filepath.Join(s.dir, name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if len(b) > maxFile {
		return nil, errors.New("too long for an answer")
	}
	return b, err
}

// write replaces a file in one step. Failure is told to the log, once.
func (s *shelf) write(name string, b []byte) bool {
	if s.dir == "" || len(b) > maxFile {
		return false
	}
	if err := replace(filepath.Join(s.dir, name), b, s.now()); err != nil {
		s.mu.Lock()
		first := !s.warned
		s.warned = true
		s.mu.Unlock()
		if first {
			s.log.Warn("AgID's answers cannot be kept on disk", "error", err)
		}
		return false
	}
	return true
}

const unfinished = ".new-"

func replace(path string, b []byte, now time.Time) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), unfinished+"*") // 0600
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	err = errors.Join(err, f.Close())
	if err == nil {
		err = errors.Join(os.Chtimes(f.Name(), now, now), os.Rename(f.Name(), path))
	}
	if err != nil {
		os.Remove(f.Name()) //nolint:errcheck // the first error is the one that tells
	}
	return err
}

// tidy removes answers that have expired, and the oldest beyond the bound. It
// touches only names that are the shelf's own.
func (s *shelf) tidy() {
	type file struct {
		path string
		at   time.Time
	}
	var files []file
	drawers, err := os.ReadDir(s.dir)
	if err != nil {
		return
	}
	expired := s.now().Add(-goodMost)
	for _, d := range drawers {
		if _, err := hex.DecodeString(d.Name()); err != nil || len(d.Name()) != 2 || !d.IsDir() {
			continue
		}
		entries, err := os.ReadDir(filepath.Join(s.dir, d.Name()))
		if err != nil {
			continue
		}
		for _, e := range entries {
			ours := strings.HasSuffix(e.Name(), ".json") || strings.HasPrefix(e.Name(), unfinished)
			info, err := e.Info()
			if err != nil || !ours || !info.Mode().IsRegular() {
				continue
			}
			path := filepath.Join(s.dir, d.Name(), e.Name())
			if info.ModTime().Before(expired) {
				os.Remove(path) //nolint:errcheck // another process may have been first
				continue
			}
			files = append(files, file{path, info.ModTime()})
		}
	}
	if len(files) <= maxKept {
		return
	}
	slices.SortFunc(files, func(a, b file) int { return a.at.Compare(b.at) })
	for _, f := range files[:len(files)-maxKept] {
		os.Remove(f.path) //nolint:errcheck // another process may have been first
	}
}
