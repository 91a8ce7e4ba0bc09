package config

// This file finds the known key that a mistyped one was meant to be.

import "strings"

// nearest is the known name closest to s by edit distance, or one whose last
// part is the same word; "" where none is close enough to be meant.
func nearest(s string, known []string) string {
	if len(s) > 80 {
		return ""
	}
	best, bestDistance := "", max(2, len(s)/4)+1
	for _, k := range known {
		if d := distance(strings.ToLower(s), strings.ToLower(k)); d < bestDistance {
			best, bestDistance = k, d
		}
	}
	if best != "" {
		return best
	}
	// resolver at the top level, or crawl.resolver, is network.resolver.
	for _, k := range known {
		if last(k) == last(s) {
			return k
		}
	}
	return ""
}

func last(s string) string { return s[strings.LastIndexByte(s, '.')+1:] }

// distance counts the insertions, deletions, replacements and swaps of
// neighbours that turn a into b (optimal string alignment), in bytes: keys are
// ASCII, and of anything else only "far" needs to come out.
func distance(a, b string) int {
	before, row, next := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		next[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			next[j] = min(row[j]+1, next[j-1]+1, row[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				next[j] = min(next[j], before[j-2]+1)
			}
		}
		before, row, next = row, next, before
	}
	return row[len(b)]
}
