package registry

// The local copy on disk: one compressed file per source, the one before it,
// and what is known of each.

import (
	"bufio"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Source names one data set of the local copy.
type Source string

// The sources, in the order in which they are fetched.
const (
	SourceEnti    Source = "enti"    // IPA's bodies
	SourceRTD     Source = "rtd"     // IPA's RTDs
	SourceIstat   Source = "istat"   // ISTAT's list of comuni
	SourceOffices Source = "offices" // IPA's offices (UO)
)

// Sources gives all sources in order.
func Sources() []Source { return []Source{SourceEnti, SourceRTD, SourceIstat, SourceOffices} }

// SourceState is what is known of the copy of one source.
type SourceState struct {
	URL          string    `json:"url"`
	ETag         string    `json:"etag,omitzero"`
	LastModified string    `json:"last_modified,omitzero"`
	SHA256       string    `json:"sha256"`  // of the text, uncompressed
	Bytes        int64     `json:"bytes"`   // uncompressed
	Count        int       `json:"count"`   // comuni, holders, or offices: what must not shrink
	Fetched      time.Time `json:"fetched"` // when this content came
	Checked      time.Time `json:"checked"` // when it was last known to be current
}

const stateFile = "state.json"

// folder is the directory of the local copy.
type folder string

func (d folder) path(s Source) string { return filepath.Join(string(d), string(s)+".csv.gz") }
func (d folder) previous(s Source) string {
	return filepath.Join(string(d), string(s)+".previous.csv.gz")
}

// state reads what is known; a missing or damaged file is no knowledge.
func (d folder) state() map[Source]SourceState {
	out := map[Source]SourceState{}
	f, err := os.Open(filepath.Join(string(d), stateFile))
	if err != nil {
		return out
	}
	defer f.Close()
	if json.NewDecoder(io.LimitReader(f, 1<<20)).Decode(&out) != nil || out == nil {
		return map[Source]SourceState{}
	}
	return out
}

func (d folder) saveState(state map[Source]SourceState) error {
	b, err := json.MarshalIndent(state, "", "  ")
	if err != nil {
		return fmt.Errorf("writing the state of the registry's copy: %w", err)
	}
	f, err := os.CreateTemp(string(d), ".state-*")
	if err != nil {
		return fmt.Errorf("writing the state of the registry's copy: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(append(b, '\n'))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("writing the state of the registry's copy: %w", err)
	}
	if err := os.Rename(f.Name(), filepath.Join(string(d), stateFile)); err != nil {
		return fmt.Errorf("writing the state of the registry's copy: %w", err)
	}
	return nil
}

// arrival is a download on disk that is not yet the copy.
type arrival struct {
	path   string
	sha256 string
	bytes  int64
}

// receive writes a body, compressed, to a file of its own beside the copy: a
// workbook as a delimited file, so that it is read as one from here on. More than
// maxTableBytes is *TooLargeError, a workbook that is not whole *DamagedError.
func (d folder) receive(s Source, body io.Reader) (a arrival, err error) {
	f, err := os.CreateTemp(string(d), "."+string(s)+"-*")
	if err != nil {
		return arrival{}, err
	}
	defer func() {
		if closeErr := f.Close(); err == nil {
			err = closeErr
		}
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	sum := sha256.New()
	z, err := gzip.NewWriterLevel(f, gzip.BestSpeed)
	if err != nil {
		return arrival{}, err
	}
	n, err := take(io.MultiWriter(z, sum), body)
	if err != nil {
		return arrival{}, err
	}
	if err := errors.Join(z.Close(), f.Sync()); err != nil {
		return arrival{}, err
	}
	return arrival{path: f.Name(), sha256: hex.EncodeToString(sum.Sum(nil)), bytes: n}, nil
}

// sum is that of the copy's text. An error means that there is none, or none that is
// whole.
func (d folder) sum(s Source) (string, error) {
	f, err := os.Open(d.path(s))
	if err != nil {
		return "", err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	if _, err := io.Copy(&meter{out: sum}, z); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// take writes a body as a delimited file, and tells its size.
func take(out io.Writer, body io.Reader) (n int64, err error) {
	in, m := bufio.NewReader(body), &meter{out: out}
	if isWorkbook(in) {
		err = flatten(m, in)
	} else {
		_, err = io.Copy(m, in)
	}
	return m.n, err
}

// meter counts what is written, and takes no more than maxTableBytes.
type meter struct {
	out io.Writer
	n   int64
}

func (m *meter) Write(p []byte) (int, error) {
	if m.n += int64(len(p)); m.n > maxTableBytes {
		return 0, &TooLargeError{What: "bytes", Limit: maxTableBytes}
	}
	return m.out.Write(p)
}

// replace makes an arrival the copy. The copy before it, where it is whole, is kept as
// the previous one, and at no moment is there none.
func (d folder) replace(s Source, a arrival) error {
	current := d.path(s)
	if _, err := d.sum(s); err == nil {
		if err := keep(current, d.previous(s)); err != nil {
			return fmt.Errorf("keeping the copy before: %w", err)
		}
	}
	if err := os.Rename(a.path, current); err != nil {
		return err
	}
	return os.Chmod(current, 0o644)
}

// keep makes previous the same file as current, by a link where the file system
// has links, else by a copy.
func keep(current, previous string) error {
	aside := previous + ".new"
	if err := os.Remove(aside); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if os.Link(current, aside) != nil {
		if err := copyFile(current, aside); err != nil {
			return err
		}
	}
	return os.Rename(aside, previous)
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}
