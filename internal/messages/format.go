package messages

// This file writes numbers, sizes and times the way a language's readers do.

import (
	"strconv"
	"strings"
	"time"
)

// marks are the separators of thousands and of decimals.
func (c Catalogue) marks() (thousands, point string) {
	if c.lang == "it" {
		return ".", ","
	}
	return ",", "."
}

// Number writes an integer with its thousands apart: 7.896 or 7,896. Italian
// leaves four digits together in prose, but columns of figures need one rule.
func (c Catalogue) Number(n int) string {
	digits := strconv.Itoa(n)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	thousands, _ := c.marks()
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteString(thousands)
		}
		b.WriteRune(d)
	}
	return sign + b.String()
}

// Bytes writes a size with one decimal at most: 420 B, 41,5 kB, 2,1 MB.
func (c Catalogue) Bytes(n int) string {
	switch {
	case n >= 1_000_000:
		return c.tenths(float64(n)/1e6) + " MB"
	case n >= 1_000:
		return c.tenths(float64(n)/1e3) + " kB"
	default:
		return strconv.Itoa(n) + " B"
	}
}

// Seconds writes how long something took: 35 ms, 1,2 s, 3 min 05 s.
func (c Catalogue) Seconds(d time.Duration) string {
	switch {
	case d <= 0:
		return "0 s"
	case d < time.Second:
		return strconv.FormatInt(max(1, d.Milliseconds()), 10) + " ms"
	case d < time.Minute:
		return c.tenths(d.Seconds()) + " s"
	default:
		d = d.Round(time.Second)
		minutes := int(d / time.Minute)
		seconds := strconv.Itoa(int(d%time.Minute/time.Second) + 100)[1:]
		return c.Number(minutes) + " min " + seconds + " s"
	}
}

func (c Catalogue) tenths(f float64) string {
	_, point := c.marks()
	s := strings.TrimSuffix(strconv.FormatFloat(f, 'f', 1, 64), ".0")
	return strings.Replace(s, ".", point, 1)
}

// Date writes a day in words: 22 novembre 2026.
func (c Catalogue) Date(t time.Time) string {
	month := c.Text("month." + strconv.Itoa(int(t.Month())))
	return strconv.Itoa(t.Day()) + " " + month + " " + strconv.Itoa(t.Year())
}

// elided are the articles before a date, with what they become before the 8th and
// the 11th, that begin with a vowel when read aloud; nothing for other values.
func elided(name, value string) []string {
	if !strings.HasPrefix(value, "8 ") && !strings.HasPrefix(value, "11 ") {
		return nil
	}
	var out []string
	for _, article := range []string{"dal", "del", "nel", "al"} {
		out = append(out, article+" "+name, article+"l'"+value)
	}
	return append(out, "il "+name, "l'"+value, "Il "+name, "L'"+value)
}

// Moment writes a day and an hour, in the zone of t: 22 novembre 2026, 15:04.
func (c Catalogue) Moment(t time.Time) string { return c.Date(t) + ", " + t.Format("15:04") }
