package agid

// This file reads the service's JSON. Two endpoints speak: the one that
// resolves old ids gives idPubblicazione, the view of a publication that and
// the rest. Fields that are missing, null, numbers or lists in place of text
// are borne; what is not an object of that kind is unreadable.

import (
	"bytes"
	"encoding/json"
	"errors"
	"html"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// MaxAnswer is the longest answer read, in bytes.
const MaxAnswer = 1 << 20

// ErrUnreadable says that what came is no answer of the service's.
var ErrUnreadable = errors.New("not an answer of the declaration service")

const (
	maxID   = 400 // runes
	maxText = 200
	maxURL  = 500
	maxWord = 40
)

// ParseAnswer reads what an endpoint answered at an instant with status 200. It
// gives Found or NotFound (null, an empty object, an id that is null), without
// Source; the error is ErrUnreadable. Dates before the service existed, or after
// the instant, are dropped.
func ParseAnswer(body []byte, at time.Time) (Answer, error) {
	top, err := object(body)
	if err != nil {
		return Answer{}, err
	}
	a := Answer{Asked: true, Outcome: NotFound, FetchedAt: at.UTC()}
	rawID, named := top["idPubblicazione"]
	data, filled := top["datiPubblicati"].(map[string]any)
	a.PublicationID = publicationID(text(rawID))
	a.LastModified, a.Inserted = instant(top["dataUltimaModifica"], at), instant(top["dataInserimento"], at)
	switch {
	case len(top) == 0:
		return a, nil
	case a.PublicationID != "" || filled && len(data) > 0 || !a.Changed().IsZero():
		a.Outcome = Found
	case named && rawID == nil || text(rawID) == "" && named:
		return a, nil
	default:
		return Answer{}, ErrUnreadable
	}
	a.body(top["ente"])
	a.Title = title(top["form"])
	a.content(data)
	a.Form = a.form()
	return a, nil
}

// object decodes a JSON object; null is an empty one.
func object(body []byte) (map[string]any, error) {
	if len(body) > MaxAnswer {
		return nil, ErrUnreadable
	}
	d := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil || d.More() {
		return nil, ErrUnreadable
	}
	switch v := v.(type) {
	case nil:
		return nil, nil
	case map[string]any:
		return v, nil
	}
	return nil, ErrUnreadable
}

// content reads the fields of the form.
func (a *Answer) content(data map[string]any) {
	a.Device = word(data["device-type"])
	a.WebsiteURL = site(text(data["website-url"]))
	a.WCAG = word(data["specs-version"])
	a.Compliance = compliance(word(data["compliance-status"]))
	a.CMS = word(data["website-cms"])
	a.CMSOther = clean(text(data["website-cms-other"]), maxText)
	a.ManagerEmail = mailAddress(text(data["manager-email"]))
}

// body reads who declares; the id of the new form begins with its code.
func (a *Answer) body(ente any) {
	switch ente := ente.(type) {
	case map[string]any:
		a.IPA = firstOf(ente, "codiceIpa", "codiceIPA", "codice_ipa", "codIpa", "ipa")
		a.Body = clean(firstOf(ente, "denominazione", "denominazioneEnte", "denominazione_ente"), maxText)
	default:
		a.Body = clean(text(ente), maxText)
	}
	if !code(a.IPA) {
		a.IPA = ""
	}
	if l, ok := a.Link(); ok && l.IPA != "" {
		a.IPA = l.IPA
	}
}

// form tells a declaration from objectives: by the id, by a field that only
// declarations have, by the title.
func (a *Answer) form() Form {
	if l, ok := a.Link(); ok {
		switch l.Kind {
		case KindNew:
			return FormDeclaration
		case KindObjectives:
			return FormObjectives
		}
	}
	named := strings.ToLower(a.Title)
	switch {
	case a.Compliance != "":
		return FormDeclaration
	case strings.Contains(named, "obiettivi"):
		return FormObjectives
	case strings.Contains(named, "dichiarazione"):
		return FormDeclaration
	}
	return ""
}

// title is the form's own, wherever it stands in it. What does not read as one
// is not kept: a form may hold what people wrote into it.
func title(form any) string {
	const looked = 8
	switch form := form.(type) {
	case []any:
		for _, f := range form[:min(len(form), looked)] {
			if t := title(f); t != "" {
				return t
			}
		}
		return ""
	case map[string]any:
		return title(firstOf(form, "titolo", "title", "nome", "name"))
	}
	t := clean(text(form), maxText)
	for _, sign := range []string{"accessibilit", "obiettivi"} {
		if strings.Contains(strings.ToLower(t), sign) {
			return t
		}
	}
	return ""
}

func firstOf(m map[string]any, keys ...string) string {
	for _, k := range keys {
		if s := text(m[k]); s != "" {
			return s
		}
	}
	return ""
}

// text is a value as text: of a list its first; "null" is nothing.
func text(v any) string {
	switch v := v.(type) {
	case string:
		if s := strings.TrimSpace(v); s != "null" {
			return s
		}
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	case []any:
		if len(v) > 0 {
			if _, nested := v[0].([]any); !nested {
				return text(v[0])
			}
		}
	}
	return ""
}

// word is one of the form's own short codes, in lower case; free text is none.
func word(v any) string {
	s := strings.ReplaceAll(strings.ToLower(text(v)), "_", "-")
	if len(s) > maxWord || strings.ContainsFunc(s, func(r rune) bool {
		return !('a' <= r && r <= 'z' || '0' <= r && r <= '9' || r == '-' || r == '.')
	}) {
		return ""
	}
	return s
}

func compliance(s string) Compliance {
	switch c := Compliance(s); c {
	case Compliant, PartiallyCompliant, NonCompliant:
		return c
	}
	return ""
}

// publicationID is an id that can stand in an address: no white space or
// control, no dot segments.
func publicationID(s string) string {
	s = strings.Trim(strings.ToValidUTF8(s, ""), "/ ")
	if strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }) || len([]rune(s)) > maxID {
		return ""
	}
	for part := range strings.SplitSeq(unescape(s), "/") {
		if part == "." || part == ".." {
			return ""
		}
	}
	return s
}

// site is a web address, tidied; empty where it is none.
func site(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(unescapeHTML(s)), " ")
	if s == "" || len(s) > maxURL {
		return ""
	}
	if !strings.Contains(s, "://") {
		s = "https://" + strings.TrimLeft(s, "/")
	}
	u, err := url.Parse(s)
	if err != nil {
		return ""
	}
	u.Scheme, u.Host = strings.ToLower(u.Scheme), strings.ToLower(strings.TrimRight(u.Host, "."))
	if u.Scheme != "http" && u.Scheme != "https" || !strings.Contains(u.Hostname(), ".") || !printable(u.Host) {
		return ""
	}
	u.User, u.RawQuery, u.Fragment, u.RawFragment, u.ForceQuery = nil, "", "", "", false
	return u.String()
}

func printable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsGraphic(r) || strings.ContainsRune(`<>"'@ `, r) })
}

// mailAddress tells that a field holds a mail address, without keeping it.
func mailAddress(s string) bool {
	name, host, ok := strings.Cut(strings.TrimSpace(s), "@")
	return ok && name != "" && strings.Contains(strings.Trim(host, "."), ".")
}

// clean is free text: unescaped, without control and invisible characters, mail
// addresses and runs of white space, at most so many runes.
func clean(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsGraphic(r) || unicode.Is(unicode.Cf, r) || r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, unescapeHTML(s))
	words := slices.DeleteFunc(strings.Fields(s), func(w string) bool { return strings.Contains(w, "@") })
	runes := []rune(strings.Join(words, " "))
	return strings.TrimSpace(string(runes[:min(len(runes), most)]))
}

// unescapeHTML undoes entities that were escaped again at every saving: up to
// six times in what has been seen.
func unescapeHTML(s string) string {
	const times = 10
	for range times {
		plain := html.UnescapeString(s)
		if plain == s {
			return s
		}
		s = plain
	}
	return s
}

// instant reads a date in the forms JSON writers give it: text (UTC where it
// names no zone), milliseconds, a list of numbers.
func instant(v any, now time.Time) time.Time {
	t := time.Time{}
	switch v := v.(type) {
	case string:
		t = instantOf(strings.TrimSpace(v))
	case json.Number:
		if ms, err := v.Int64(); err == nil {
			t = time.UnixMilli(ms)
		}
	case []any:
		t = calendar(v)
	}
	const skew = 48 * time.Hour
	if t.Before(firstPossible) || t.After(now.Add(skew)) {
		return time.Time{}
	}
	return t.UTC()
}

func instantOf(s string) time.Time {
	for _, layout := range []string{
		time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999",
		"2006-01-02T15:04", time.DateOnly, "02/01/2006 15:04:05", "02/01/2006",
	} {
		if t, err := time.Parse(layout, s); err == nil {
			return t
		}
	}
	return time.Time{}
}

// calendar is [year, month, day, hour, minute, second], cut off anywhere after
// the day.
func calendar(v []any) time.Time {
	n := [6]int{}
	if len(v) < 3 {
		return time.Time{}
	}
	for i := range min(len(v), len(n)) {
		number, ok := v[i].(json.Number)
		if !ok {
			return time.Time{}
		}
		x, err := strconv.Atoi(number.String())
		if err != nil || x < 0 || x > 9999 {
			return time.Time{}
		}
		n[i] = x
	}
	return time.Date(n[0], time.Month(n[1]), n[2], n[3], n[4], n[5], 0, time.UTC)
}
