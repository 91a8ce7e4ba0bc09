package registry

// The comuni of a country laid together, for a night that comes to each of them once
// or twice.

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"strings"

	"github.com/klauspost/compress/s2"
)

// rollBlock is how many rows are folded together: rows side by side repeat each other,
// and one of them unfolds them all.
const rollBlock = 32

// Roll is rows of a registry in a third of the memory that they take as they are
// (BenchmarkRoll), in a few pieces for the collector to look at. The zero value has
// none. It can be used by several goroutines.
type Roll struct {
	codes  []string
	ends   []int     // of each row, within its block unfolded
	blocks [][]byte  // folded
	nearby [][]Union // shared among the comuni of a region
}

// NewRoll lays comuni together, in their order. An error is of a row that no reader of
// this package makes: a coordinate that is no number.
func NewRoll(comuni []Comune) (Roll, error) {
	r := Roll{codes: make([]string, len(comuni)), ends: make([]int, len(comuni)), nearby: make([][]Union, len(comuni))}
	var room int
	for i := range comuni {
		room += len(comuni[i].Istat)
	}
	var codes strings.Builder
	codes.Grow(room)
	for i := range comuni {
		from := codes.Len()
		codes.WriteString(comuni[i].Istat)
		r.codes[i] = codes.String()[from:]
		r.nearby[i] = comuni[i].RTD.Nearby
	}
	var unfolded, folded []byte
	for i := range comuni {
		row, err := json.Marshal(&comuni[i])
		if err != nil {
			return Roll{}, fmt.Errorf("laying the row of %s by: %w", comuni[i].Istat, err)
		}
		unfolded = append(unfolded, row...)
		r.ends[i] = len(unfolded)
		if (i+1)%rollBlock == 0 || i == len(comuni)-1 {
			folded = s2.EncodeBetter(folded[:cap(folded)], unfolded)
			r.blocks = append(r.blocks, bytes.Clone(folded))
			unfolded = unfolded[:0]
		}
	}
	return r, nil
}

// Len is how many comuni there are.
func (r Roll) Len() int { return len(r.codes) }

// Istat is the code of one of them, from 0.
func (r Roll) Istat(i int) string { return r.codes[i] }

// Comune is one of them, from 0, as it was.
func (r Roll) Comune(i int) Comune {
	return r.unfold(i, r.block(i/rollBlock))
}

// All is each of them, in order.
func (r Roll) All() iter.Seq2[int, Comune] {
	return func(yield func(int, Comune) bool) {
		var block []byte
		for i := range r.codes {
			if i%rollBlock == 0 {
				block = r.block(i / rollBlock)
			}
			if !yield(i, r.unfold(i, block)) {
				return
			}
		}
	}
}

func (r Roll) block(n int) []byte {
	unfolded, err := s2.Decode(nil, r.blocks[n])
	if err != nil {
		panic(fmt.Sprintf("registry: rows that were folded do not unfold: %v", err))
	}
	return unfolded
}

func (r Roll) unfold(i int, block []byte) Comune {
	from := 0
	if i%rollBlock > 0 {
		from = r.ends[i-1]
	}
	var c Comune
	if err := json.Unmarshal(block[from:r.ends[i]], &c); err != nil {
		panic(fmt.Sprintf("registry: a row that was folded does not unfold: %v", err))
	}
	c.RTD.Nearby = r.nearby[i]
	return c
}
