package registry

// What to offer where nothing has the name that was typed.

import (
	"cmp"
	"slices"
	"strings"
)

// containing gives the comuni whose name has every word of the query: "Fassa",
// or "Casciana" for Casciana Terme Lari. Queries under four letters are left out.
func (c *Catalogue) containing(query string) []int {
	want := foldWords(parted.Replace(CleanName(query)))
	if len(strings.Join(want, "")) < 4 {
		return nil
	}
	var found []int
	for i, names := range c.words {
		if slices.ContainsFunc(names, func(name string) bool { return hasWords(name, want) }) {
			found = append(found, i)
		}
	}
	return found
}

func hasWords(name string, want []string) bool {
	for _, w := range want {
		if !strings.Contains(name, " "+w+" ") {
			return false
		}
	}
	return true
}

// nearest gives at most five comuni whose name is a few slips away, the fewest first.
func (c *Catalogue) nearest(query string) []Comune {
	bare := query
	if name, _, ok := splitProvince(query); ok {
		bare = name
	}
	key := cutAt(foldKey(CleanName(bare)), 60)
	if key == "" {
		return nil
	}
	limit := 1 + len(key)/4
	type hit struct{ i, slips int }
	var hits []hit
	for i := range c.comuni {
		best := limit + 1
		for _, other := range c.keys[i] {
			best = min(best, slipsBetween(key, other, limit))
			if len(key) >= 4 && strings.HasPrefix(other, key) {
				best = min(best, 1)
			}
			if len(key) >= 6 && len(other) > len(key)+1 { // the first words of a longer name, one letter lost
				best = min(best, 1+slipsBetween(key, other[:len(key)+1], limit))
			}
			if len(other) >= 4 && strings.HasPrefix(key, other) {
				best = min(best, 2)
			}
		}
		if best <= limit {
			hits = append(hits, hit{i, best})
		}
	}
	slices.SortFunc(hits, func(a, b hit) int {
		x, y := c.comuni[a.i], c.comuni[b.i]
		return cmp.Or(cmp.Compare(a.slips, b.slips), cmp.Compare(x.Name, y.Name), cmp.Compare(x.Istat, y.Istat))
	})
	var out []Comune
	for _, h := range hits[:min(len(hits), 5)] {
		out = append(out, c.comuni[h.i])
	}
	return out
}

// NearestWord is the one of the words that is the fewest slips away from what was
// typed; empty where none is near.
func NearestWord(typed string, words []string) string {
	key := strings.ToLower(typed)
	best, fewest := "", 2+len(key)/4
	for _, w := range words {
		if n := slipsBetween(key, strings.ToLower(w), fewest); key != "" && n < fewest {
			best, fewest = w, n
		}
	}
	return best
}

// maxSlipWord bounds the words that are compared; the longest name has 36 letters.
const maxSlipWord = 80

// slipsBetween counts the letters to change, drop, add or swap with their
// neighbour to make one word of the other (optimal string alignment); limit+1
// stands for more than limit.
func slipsBetween(a, b string, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	if len(b) >= maxSlipWord {
		return limit + 1
	}
	var rows [3][maxSlipWord]int
	before, prev, row := rows[0][:], rows[1][:], rows[2][:]
	for j := range len(b) + 1 {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		lowest := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(prev[j]+1, row[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
			lowest = min(lowest, row[j])
		}
		if lowest > limit {
			return limit + 1
		}
		before, prev, row = prev, row, before
	}
	return min(prev[len(b)], limit+1)
}
