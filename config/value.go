package config

// This file holds the typed values: sizes and percentages as people write them.

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Size is a number of bytes. It is written 512, 200kB, 5MB, 1GB (powers of
// 1000) or 64KiB, 5MiB, 1GiB (powers of 1024).
type Size int64

// Percent is written 5% or 2.5%.
type Percent float64

// The units are tried in this order, so that no suffix hides a longer one.
var sizeUnits = []struct {
	name   string
	factor int64
}{
	{"KiB", 1 << 10},
	{"MiB", 1 << 20},
	{"GiB", 1 << 30},
	{"kB", 1_000},
	{"MB", 1_000_000},
	{"GB", 1_000_000_000},
	{"B", 1},
}

// ParseSize reads a Size; a bare number is bytes, a fraction needs a unit.
func ParseSize(s string) (Size, error) {
	text, factor := strings.TrimSpace(s), int64(1)
	for _, u := range sizeUnits {
		if rest, ok := cutSuffixFold(text, u.name); ok {
			text, factor = strings.TrimSpace(rest), u.factor
			break
		}
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		if n < 0 || n > math.MaxInt64/factor {
			return 0, fmt.Errorf("%q is not a size", s)
		}
		return Size(n * factor), nil
	}
	f, ok := decimal(text)
	if !ok || factor == 1 || f*float64(factor) >= math.MaxInt64 {
		return 0, fmt.Errorf("%q is not a size", s)
	}
	return Size(f * float64(factor)), nil
}

// String writes the size in the largest decimal unit that divides it.
func (s Size) String() string {
	for _, u := range []struct {
		name   string
		factor Size
	}{{"GB", 1_000_000_000}, {"MB", 1_000_000}, {"kB", 1_000}} {
		if s != 0 && s%u.factor == 0 {
			return strconv.FormatInt(int64(s/u.factor), 10) + u.name
		}
	}
	return strconv.FormatInt(int64(s), 10)
}

// ParsePercent reads a Percent; the sign is required.
func ParsePercent(s string) (Percent, error) {
	digits, ok := strings.CutSuffix(strings.TrimSpace(s), "%")
	if f, good := decimal(strings.TrimSpace(digits)); ok && good {
		return Percent(f), nil
	}
	return 0, fmt.Errorf("%q is not a percentage", s)
}

// String writes the percentage with its sign.
func (p Percent) String() string { return strconv.FormatFloat(float64(p), 'f', -1, 64) + "%" }

// decimal reads digits with at most one point: none of the signs, exponents and
// hexadecimal forms that strconv accepts.
func decimal(s string) (float64, bool) {
	if s == "" || strings.Trim(s, "0123456789.") != "" {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil
}

func cutSuffixFold(s, suffix string) (string, bool) {
	cut := len(s) - len(suffix)
	if cut < 0 || !strings.EqualFold(s[cut:], suffix) {
		return s, false
	}
	return s[:cut], true
}
