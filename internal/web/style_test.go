package web

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// WCAG 2.2, 1.4.3 and 1.4.11: text 4.5 to 1, borders of fields 3 to 1.
func TestColoursKeepTheirContrast(t *testing.T) {
	blocks := regexp.MustCompile(`(?s):root \{.*?\}`).FindAllString(string(styleSheet), -1)
	if len(blocks) != 2 {
		t.Fatalf("%d sets of colours", len(blocks))
	}
	for _, block := range blocks {
		colour := map[string]float64{}
		for _, m := range regexp.MustCompile(`--([a-z]+): #([0-9a-f]{6});`).FindAllStringSubmatch(block, -1) {
			colour[m[1]] = luminance(m[2])
		}
		for _, paper := range []string{"paper", "wash"} {
			for _, ink := range []string{"ink", "faint", "link", "pass", "warn", "fail"} {
				if c := contrast(colour[ink], colour[paper]); c < 4.5 {
					t.Errorf("%s on %s: %.2f", ink, paper, c)
				}
			}
		}
		if c := contrast(colour["line"], colour["paper"]); c < 3 {
			t.Errorf("line on paper: %.2f", c)
		}
	}
}

func TestTheStyleSheetLoadsNothing(t *testing.T) {
	if css := string(styleSheet); strings.Contains(css, "url(") || strings.Contains(css, "@import") {
		t.Error("the style sheet loads something")
	}
}

func luminance(hex string) float64 {
	n, _ := strconv.ParseUint(hex, 16, 32)
	channel := func(shift uint) float64 {
		c := float64(n>>shift&0xff) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*channel(16) + 0.7152*channel(8) + 0.0722*channel(0)
}

func contrast(a, b float64) float64 { return (max(a, b) + 0.05) / (min(a, b) + 0.05) }
