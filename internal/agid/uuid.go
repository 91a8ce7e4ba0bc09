package agid

// This file reads the creation instant out of a version 1 uuid, which 98.9 % of
// the old addresses carry.

import (
	"encoding/hex"
	"strings"
	"time"
)

const uuidLen = 36

// leadingUUID is the uuid a segment starts with, in lower case. What follows it
// must not go on with it; the nil and the all-ones uuid name nothing.
func leadingUUID(s string) (string, bool) {
	if len(s) < uuidLen {
		return "", false
	}
	id := strings.ToLower(s[:uuidLen])
	if len(s) > uuidLen {
		if c := s[uuidLen]; c == '-' || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' {
			return "", false
		}
	}
	same := true
	for i := 0; i < uuidLen; i++ {
		c := id[i]
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return "", false
			}
			continue
		}
		if !('0' <= c && c <= '9' || 'a' <= c && c <= 'f') {
			return "", false
		}
		same = same && c == id[0]
	}
	if same && (id[0] == '0' || id[0] == 'f') {
		return "", false
	}
	return id, true
}

// The service opened in 2019; a version 1 uuid that says otherwise is made up.
var (
	firstPossible = time.Date(2018, time.January, 1, 0, 0, 0, 0, time.UTC)
	lastPossible  = time.Date(2100, time.January, 1, 0, 0, 0, 0, time.UTC)
)

// dissect reads version and, of version 1, the creation instant (RFC 9562,
// section 5.1: 100 ns since 15 October 1582).
func dissect(id string) (version int, created time.Time) {
	b, err := hex.DecodeString(strings.ReplaceAll(id, "-", ""))
	if err != nil || len(b) != 16 || b[8]&0xC0 != 0x80 {
		return 0, time.Time{}
	}
	version = int(b[6] >> 4)
	if version != 1 {
		return version, time.Time{}
	}
	ticks := int64(b[6]&0x0F)<<56 | int64(b[7])<<48 | int64(b[4])<<40 | int64(b[5])<<32 |
		int64(b[0])<<24 | int64(b[1])<<16 | int64(b[2])<<8 | int64(b[3])
	const (
		perSecond      = 10_000_000
		gregorianStart = 12_219_292_800 // seconds from 15 October 1582 to 1 January 1970
	)
	at := time.Unix(ticks/perSecond-gregorianStart, ticks%perSecond*100).UTC()
	if at.Before(firstPossible) || !at.Before(lastPossible) {
		return version, time.Time{}
	}
	return version, at
}
