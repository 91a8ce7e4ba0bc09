package registry

// What the user's own files add to the registries.

import "fmt"

// Extra are the files a user may add to the registries; an empty name is no file.
type Extra struct {
	PopulationFile string // CSV: istat or codice_istat, popolazione, lat, lng
	UnionsFile     string // CSV: unione, istat
}

// ExtraError is a file of a user's that cannot be read.
type ExtraError struct {
	File string
	Err  error
}

func (e *ExtraError) Error() string { return fmt.Sprintf("reading %s: %v", e.File, e.Err) }
func (e *ExtraError) Unwrap() error { return e.Err }

// Additions are what those files say, by ISTAT code. The zero value says nothing.
type Additions struct {
	places map[string]Place
	unions map[string][]string
}

// Read reads the files. The error is an *ExtraError.
func (e Extra) Read() (a Additions, err error) {
	if e.PopulationFile != "" {
		if a.places, err = readFile(e.PopulationFile, ReadPopulation); err != nil {
			return Additions{}, &ExtraError{e.PopulationFile, err}
		}
	}
	if e.UnionsFile != "" {
		if a.unions, err = readFile(e.UnionsFile, ReadUnions); err != nil {
			return Additions{}, &ExtraError{e.UnionsFile, err}
		}
	}
	return a, nil
}

// Complete adds to comuni what the files say of them.
func (a Additions) Complete(comuni []Comune) {
	for i := range comuni {
		c := &comuni[i]
		if p, ok := ofComune(a.places, *c); ok {
			c.Population, c.Lat, c.Lng = p.Population, p.Lat, p.Lng
		}
		if codes, ok := ofComune(a.unions, *c); ok {
			c.RTD = c.RTD.Belonging(codes)
		}
	}
}

// ofComune is what a file says of a comune under IPA's ISTAT code, else under the one
// that ISTAT has given it since.
func ofComune[T any](said map[string]T, c Comune) (of T, ok bool) {
	of, ok = said[c.Istat]
	for _, code := range c.Aliases {
		if !ok {
			of, ok = said[code]
		}
	}
	return of, ok
}
