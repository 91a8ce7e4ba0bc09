package page

// This file reads the address out of code that navigates.

import "strings"

// navigates tells that code of an onclick leads to another document. V01 is how
// HGATE opens a service.
func navigates(code string) bool {
	for _, word := range []string{"location", "window.open", "V01(", "navigate("} {
		if strings.Contains(code, word) {
			return true
		}
	}
	return false
}

// opens is the address that code of an onclick would open, or "" where none can
// be read: only a single literal that is assigned to location or handed to
// open, assign or replace counts.
func opens(code string) string {
	for _, word := range []string{"location.href", "location.assign", "location.replace", "window.open", "location"} {
		i := strings.Index(code, word)
		if i < 0 {
			continue
		}
		rest := strings.TrimLeft(code[i+len(word):], " \t")
		if rest == "" || rest[0] != '=' && rest[0] != '(' {
			continue
		}
		rest = strings.TrimLeft(rest[1:], " \t")
		if rest == "" || rest[0] != '\'' && rest[0] != '"' {
			continue
		}
		end := strings.IndexByte(rest[1:], rest[0])
		if end < 0 {
			continue
		}
		if strings.HasPrefix(strings.TrimLeft(rest[end+2:], " \t"), "+") {
			return ""
		}
		return strings.ReplaceAll(rest[1:end+1], `\/`, "/")
	}
	return ""
}
