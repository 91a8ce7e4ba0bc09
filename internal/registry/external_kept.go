package registry

// Where imported files are kept: one file a kind, replaced whole or not at all.

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// ExternalState is what is known of an imported kind.
type ExternalState struct {
	Kind     ExternalKind   `json:"kind"`
	File     string         `json:"file"`              // name of the file it came from last, without its folder
	Imported time.Time      `json:"imported"`          // UTC
	Rows     int            `json:"rows"`              // kept
	Bodies   int            `json:"bodies"`            // that they are of
	Measures map[string]int `json:"measures,omitzero"` // pnrr: rows by measure
}

// externalFile is what stands on disk.
type externalFile struct {
	State ExternalState `json:"state"`
	Rows  []ExternalRow `json:"rows"`
}

// maxExternalBytes bounds what is read back of one kind.
const maxExternalBytes = 128 << 20

// ExternalFolder is where imports are kept. Its methods may be used by many at
// once; another process may import meanwhile.
type ExternalFolder struct {
	dir string

	mu   sync.Mutex
	seen map[ExternalKind]stamp // of the files that kept was made from
	kept *External
}

type stamp struct {
	modified time.Time
	size     int64
}

// NewExternalFolder is the folder of imports in dir, which need not exist yet.
func NewExternalFolder(dir string) *ExternalFolder { return &ExternalFolder{dir: dir} }

func (f *ExternalFolder) path(kind ExternalKind) string {
	return filepath.Join(f.dir, string(kind)+".json")
}

// ExternalShrunkenError says that an import would lose more than half of the bodies
// kept; ExternalFolder.Keep has kept what was there.
type ExternalShrunkenError struct {
	Kind          ExternalKind
	Before, After int // bodies
}

func (e *ExternalShrunkenError) Error() string {
	return fmt.Sprintf("%s: %d bodies where %d were", e.Kind, e.After, e.Before)
}

// Keep puts what a file says in the place of what was kept of its kind; of PNRR
// candidatures only the measures that the file has are replaced, each being
// published in a file of its own. Less than half of the bodies kept is refused
// with *ExternalShrunkenError unless anyway. name is the file's, now the moment of the
// import.
func (f *ExternalFolder) Keep(d ExternalData, name string, now time.Time, anyway bool) (ExternalState, error) {
	before, err := f.read(d.Kind)
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !anyway {
		return ExternalState{}, err
	}
	replaced, kept := before.Rows, []ExternalRow(nil)
	if d.Kind == ExternalPNRR {
		measures := map[string]bool{}
		for _, r := range d.Rows {
			measures[r.Measure] = true
		}
		replaced = nil
		for _, r := range before.Rows {
			if measures[r.Measure] {
				replaced = append(replaced, r)
			} else {
				kept = append(kept, r)
			}
		}
	}
	was := ExternalData{Rows: replaced}.Bodies()
	if is := d.Bodies(); !anyway && 2*is < was {
		return ExternalState{}, &ExternalShrunkenError{Kind: d.Kind, Before: was, After: is}
	}
	next := externalFile{Rows: append(kept, d.Rows...)}
	if len(next.Rows) > 2*maxExternalRows {
		return ExternalState{}, &TooLargeError{What: "rows", Limit: 2 * maxExternalRows}
	}
	slices.SortStableFunc(next.Rows, func(a, b ExternalRow) int {
		return cmp.Or(cmp.Compare(a.Measure, b.Measure), cmp.Compare(a.key(), b.key()))
	})
	next.State = ExternalState{Kind: d.Kind, File: cutAt(visible(filepath.Base(name)), 200), Imported: now.UTC(), Rows: len(next.Rows), Bodies: ExternalData{Rows: next.Rows}.Bodies()}
	for _, r := range next.Rows {
		if r.Measure != "" {
			if next.State.Measures == nil {
				next.State.Measures = map[string]int{}
			}
			next.State.Measures[r.Measure]++
		}
	}
	if err := f.write(next); err != nil {
		return ExternalState{}, fmt.Errorf("keeping %s: %w", d.Kind, err)
	}
	return next.State, nil
}

func (f *ExternalFolder) write(x externalFile) error {
	if err := os.MkdirAll(f.dir, 0o755); err != nil {
		return err
	}
	b, err := json.Marshal(x)
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(f.dir, "."+string(x.State.Kind)+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(append(b, '\n'))
	if err := errors.Join(err, tmp.Chmod(0o644), tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), f.path(x.State.Kind))
}

func (f *ExternalFolder) read(kind ExternalKind) (externalFile, error) {
	var x externalFile
	in, err := os.Open(f.path(kind))
	if err != nil {
		return x, err
	}
	defer in.Close()
	if err := json.NewDecoder(io.LimitReader(in, maxExternalBytes)).Decode(&x); err != nil {
		return externalFile{}, fmt.Errorf("%s: %w", f.path(kind), err)
	}
	return x, nil
}

// Current is everything that has been imported, read anew where a file has
// changed since the last call. Nothing imported is no error.
func (f *ExternalFolder) Current() (*External, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := map[ExternalKind]stamp{}
	same := f.kept != nil
	for _, kind := range ExternalKinds() {
		if info, err := os.Stat(f.path(kind)); err == nil {
			now[kind] = stamp{info.ModTime(), info.Size()}
		}
		same = same && now[kind] == f.seen[kind]
	}
	if same {
		return f.kept, nil
	}
	var files []externalFile
	for _, kind := range ExternalKinds() {
		x, err := f.read(kind)
		switch {
		case err == nil:
			files = append(files, x)
		case !errors.Is(err, fs.ErrNotExist):
			return nil, fmt.Errorf("reading what was imported: %w", err)
		}
	}
	f.seen, f.kept = now, newExternal(files)
	return f.kept, nil
}

// External is what has been imported, joined to comuni by their codes. Nil is
// nothing. Nothing of it changes once it is read.
type External struct {
	states  []ExternalState
	rows    []ExternalRow
	kinds   []ExternalKind // of rows
	byIPA   map[string][]int
	byIstat map[string][]int
}

// NewExternal is what some files say, without a folder.
func NewExternal(data ...ExternalData) *External {
	var files []externalFile
	for _, d := range data {
		files = append(files, externalFile{State: ExternalState{Kind: d.Kind, Rows: len(d.Rows), Bodies: d.Bodies()}, Rows: d.Rows})
	}
	return newExternal(files)
}

func newExternal(files []externalFile) *External {
	e := &External{byIPA: map[string][]int{}, byIstat: map[string][]int{}}
	for _, x := range files {
		e.states = append(e.states, x.State)
		for _, r := range x.Rows {
			i := len(e.rows)
			e.rows, e.kinds = append(e.rows, r), append(e.kinds, x.State.Kind)
			if r.IPA != "" {
				e.byIPA[r.IPA] = append(e.byIPA[r.IPA], i)
			}
			if r.Istat != "" {
				e.byIstat[r.Istat] = append(e.byIstat[r.Istat], i)
			}
		}
	}
	return e
}

// States lists what has been imported, in the order of ExternalKinds.
func (e *External) States() []ExternalState {
	if e == nil {
		return nil
	}
	return slices.Clone(e.states)
}

// Outside is what has been imported of one comune.
type Outside struct {
	Candidatures []ExternalRow // newest state first
	Population   int           // 0: nothing
	Lat, Lng     float64       // both 0: nothing
	Answers      []ExternalRow // in the file's order
}

// Empty tells that nothing has been imported of the comune.
func (o Outside) Empty() bool {
	return len(o.Candidatures) == 0 && o.Population == 0 && o.Lat == 0 && o.Lng == 0 && len(o.Answers) == 0
}

// Of joins by IPA code, in whatever case, and by ISTAT code, a former one among
// the comune's aliases included.
func (e *External) Of(c Comune) Outside {
	var out Outside
	if e == nil {
		return out
	}
	var found []int
	if code := FoldIPA(c.IPA); code != "" {
		found = append(found, e.byIPA[code]...)
	}
	for _, code := range append([]string{c.Istat}, c.Aliases...) {
		if code, _, ok := istatCode(code); ok {
			found = append(found, e.byIstat[code]...)
		}
	}
	slices.Sort(found)
	for _, i := range slices.Compact(found) {
		r := e.rows[i]
		switch e.kinds[i] {
		case ExternalPNRR:
			out.Candidatures = append(out.Candidatures, r)
		case ExternalPopulation:
			out.Population = r.Population
		case ExternalCoordinates:
			out.Lat, out.Lng = r.Lat, r.Lng
		case ExternalCourt:
			out.Answers = append(out.Answers, r)
		}
	}
	slices.SortStableFunc(out.Candidatures, func(a, b ExternalRow) int {
		return cmp.Or(cmp.Compare(b.Day, a.Day), cmp.Compare(a.Notice, b.Notice))
	})
	return out
}

// Known is how many of the comuni something has been imported of, and the codes of
// the bodies imported that are none of them, in the files' order.
func (e *External) Known(comuni []Comune) (known int, others []string) {
	of := map[string]bool{}
	for _, c := range comuni {
		for _, code := range append([]string{c.Istat}, c.Aliases...) {
			of[code] = true
		}
		if of[FoldIPA(c.IPA)] = true; !e.Of(c).Empty() {
			known++
		}
	}
	delete(of, "")
	for _, r := range e.rows {
		if key := r.key(); !of[r.IPA] && !of[r.Istat] && !of[key] {
			of[key] = true
			others = append(others, key)
		}
	}
	return known, others
}

// Complete gives comuni the inhabitants and the coordinates that were imported,
// where the registry has none.
func (e *External) Complete(comuni []Comune) {
	for i := range comuni {
		c, o := &comuni[i], e.Of(comuni[i])
		if c.Population == 0 {
			c.Population = o.Population
		}
		if c.Lat == 0 && c.Lng == 0 {
			c.Lat, c.Lng = o.Lat, o.Lng
		}
	}
}
