package main

// This file turns errors into what the user reads: one sentence, a hint, and an
// exit code.

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io/fs"
	"net"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/vigile-it/vigile/config"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/assess"
	"github.com/vigile-it/vigile/internal/netguard"
	"github.com/vigile-it/vigile/internal/registry"
	"github.com/vigile-it/vigile/store"
	"github.com/vigile-it/vigile/store/remote"
)

// failure is an error in the user's words.
type failure struct {
	code     int
	sentence string
	lines    []string // a list under the sentence
	hint     string
	err      error // the cause, told only with --verbose
}

func (f *failure) Error() string { return f.sentence }

func (f *failure) Unwrap() error { return f.err }

// plain makes a string from outside fit for the terminal.
func plain(s string) string { return page.Clean(s, 300) }

// explain finds the words for an error.
func (a *app) explain(err error) *failure {
	var f *failure
	if errors.As(err, &f) {
		return f
	}
	for _, words := range []func(error) *failure{a.explainConfig, a.explainUpdate, a.explainRegistry, a.explainStore, a.explainDisk, a.explainCheck} {
		if f := words(err); f != nil {
			return f
		}
	}
	if a.stopped(err) {
		return &failure{code: codeInterrupted, sentence: a.text.Text("error.interrupted"), err: err}
	}
	return &failure{
		code: codeInternal, sentence: a.text.Text("error.internal", "detail", plain(err.Error())),
		hint: a.text.Text("error.internal_hint"), err: err,
	}
}

func (a *app) explainConfig(err error) *failure {
	var e *config.Error
	if !errors.As(err, &e) {
		return nil
	}
	key := string(e.Kind)
	switch {
	case e.Kind == config.BadValue && e.Value == "":
		key = "bad_secret"
	case e.Kind == config.NotSection && e.Key == "":
		key = "not_section_top"
	}
	args := []any{
		"where", plain(e.Where()), "file", plain(e.Origin.File), "key", plain(e.Key), "value", plain(e.Value),
		"options", plain(e.Options), "nearest", e.Nearest, "detail", a.cause(e.Err),
	}
	hint := a.text.Text("config.hint."+string(e.Kind), args...)
	switch {
	case e.Want != "":
		hint = a.text.Text("config.want."+string(e.Want), args...)
	case e.Nearest != "":
		hint = a.text.Text("config.hint.nearest", args...)
	}
	return &failure{code: codeUsage, sentence: a.text.Text("config."+key, args...), hint: hint, err: err}
}

func (a *app) explainRegistry(err error) *failure {
	var missing *registry.NotFoundError
	var several *registry.AmbiguousError
	var silent *registry.UnreachableError
	switch {
	case errors.As(err, &missing):
		return a.notFound(missing)
	case errors.As(err, &several):
		return a.ambiguous(several)
	case errors.As(err, &silent):
		return &failure{
			code: codeNothing, sentence: a.text.Text("error.unreachable", "what", plain(silent.What), "detail", a.cause(silent.Err)),
			hint: a.unreachableHint(silent.Err), err: err,
		}
	}
	return nil
}

// unreachableHint says what to look at first: the network, or the setting that keeps the
// crawler away from private addresses, where it is that which refused.
func (a *app) unreachableHint(err error) string {
	var forbidden *netguard.ForbiddenError
	if errors.As(err, &forbidden) && forbidden.Private {
		return a.text.Text("error.private_hint")
	}
	return a.text.Text("error.unreachable_hint")
}

func (a *app) notFound(e *registry.NotFoundError) *failure {
	f := &failure{
		code: codeUsage, sentence: a.text.Text("error.unknown_comune", "query", plain(e.Query)),
		hint: a.text.Text("error.unknown_comune_plain"),
	}
	var names []string
	for _, c := range e.Nearest {
		names = append(names, named(c))
	}
	if len(names) > 0 {
		f.hint = a.text.Text("error.unknown_comune_hint", "nearest", strings.Join(names, ", "))
	}
	return f
}

func (a *app) ambiguous(e *registry.AmbiguousError) *failure {
	f := &failure{code: codeUsage, sentence: a.text.Text("error.ambiguous", "query", plain(e.Query))}
	for _, c := range e.Candidates {
		f.lines = append(f.lines, a.text.Text("error.ambiguous_line", "name", named(c), "istat", plain(c.Istat), "ipa", plain(c.IPA)))
	}
	f.hint = a.text.Text("error.ambiguous_code_hint")
	if len(e.Candidates) > 0 && e.Candidates[0].Province != "" {
		f.hint = a.text.Text("error.ambiguous_hint", "name", named(e.Candidates[0]))
	}
	return f
}

// named is a comune with its province, as --comune takes it.
func named(c registry.Comune) string {
	name, province := plain(c.Name), plain(c.Province)
	if province == "" || strings.HasSuffix(name, " ("+province+")") {
		return name
	}
	// IPA itself puts the letters behind names that are borne twice.
	return strings.TrimSuffix(name, " "+province) + " (" + province + ")"
}

func (a *app) explainStore(err error) *failure {
	var locked *store.LockedError
	var damaged *store.CorruptError
	var newer *store.NewerError
	var older *store.OlderError
	var gone *remote.GoneError
	switch {
	case errors.As(err, &gone):
		return &failure{
			code: codeNothing, sentence: a.text.Text("error.serve_gone", "pid", gone.PID), hint: a.text.Text("error.serve_gone_hint"), err: err,
		}
	case errors.As(err, &locked):
		holder := ""
		if h := locked.Holder; h.PID != 0 {
			holder = a.text.Text("error.locked_holder", "command", plain(h.Command), "pid", h.PID, "since", h.Since.In(rome()).Format("02/01/2006 15:04"))
		}
		return &failure{
			code: codeNothing, sentence: a.text.Text("error.locked", "path", plain(locked.Path), "holder", holder),
			hint: a.text.Text("error.locked_hint"), err: err,
		}
	case errors.As(err, &damaged):
		return &failure{
			code: codeInternal, sentence: a.text.Text("error.store_damaged", "path", plain(damaged.Path)),
			hint: a.text.Text("error.store_damaged_hint"), err: err,
		}
	case errors.As(err, &newer):
		return &failure{
			code: codeUsage, sentence: a.text.Text("error.store_newer", "path", plain(newer.Path)),
			hint: a.text.Text("error.store_newer_hint"), err: err,
		}
	case errors.As(err, &older):
		return &failure{
			code: codeUsage, sentence: a.text.Text("error.store_older", "path", plain(older.Path)),
			hint: a.text.Text("error.store_older_hint"), err: err,
		}
	}
	return nil
}

func (a *app) explainCheck(err error) *failure {
	var e *assess.UnknownCheckError
	if !errors.As(err, &e) {
		return nil
	}
	return a.unknownCheck(e.ID, e.Known)
}

// explainDisk says that there is no room: what was kept before is whole, for the
// store writes all of a batch or nothing.
func (a *app) explainDisk(err error) *failure {
	var full *store.FullError
	if !errors.As(err, &full) && !errors.Is(err, syscall.ENOSPC) {
		return nil
	}
	detail := err
	if full != nil {
		detail = full.Err
	}
	return &failure{
		code: codeInternal, sentence: a.text.Text("error.disk_full", "detail", plain(detail.Error())), hint: a.text.Text("error.disk_full_hint"), err: err,
	}
}

// cause says in a few words what the system or the network answered.
func (a *app) cause(err error) string {
	var resolver *netguard.ResolverError
	var dns *net.DNSError
	var answer *registry.APIError
	var timeout interface{ Timeout() bool }
	var record tls.RecordHeaderError
	var certificate *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var columns *registry.MissingColumnsError
	var cell *registry.CellError
	var forbidden *netguard.ForbiddenError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &cell):
		return a.text.Text("error.detail.cell", "row", cell.Row, "column", cell.Column, "value", plain(cell.Value))
	case errors.As(err, &forbidden) && forbidden.Private:
		return a.text.Text("error.detail.private", "address", plain(forbidden.Target))
	case errors.As(err, &columns):
		return a.text.Count("error.detail.columns", len(columns.Missing), "missing", strings.Join(columns.Missing, ", "))
	case !errors.As(err, &resolver) && errors.As(err, &dns) && dns.IsNotFound:
		return a.text.Text("error.detail.no_name", "host", plain(dns.Name))
	case errors.As(err, &resolver), errors.As(err, &dns):
		return a.text.Text("error.detail.dns")
	case errors.Is(err, syscall.EADDRINUSE):
		return a.text.Text("error.detail.in_use")
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return a.text.Text("error.detail.not_ours")
	case errors.Is(err, syscall.ECONNREFUSED):
		return a.text.Text("error.detail.refused")
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return a.text.Text("error.detail.unreachable")
	case errors.As(err, &record), errors.As(err, &certificate), errors.As(err, &authority):
		return a.text.Text("error.detail.tls")
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return a.text.Text("error.detail.timeout")
	case errors.As(err, &answer):
		return a.text.Text("error.detail.answer", "status", answer.Status)
	case errors.Is(err, fs.ErrNotExist):
		return a.text.Text("error.detail.no_file")
	case errors.Is(err, fs.ErrPermission):
		return a.text.Text("error.detail.permission")
	case errors.Is(err, syscall.EISDIR):
		return a.text.Text("error.detail.is_folder")
	case errors.Is(err, syscall.ENOTDIR):
		return a.text.Text("error.detail.no_dir")
	case errors.Is(err, os.ErrDeadlineExceeded):
		return a.text.Text("error.detail.timeout")
	}
	return strings.TrimSuffix(plain(err.Error()), ".")
}

// unknownCheck names the nearest of the checks there are.
func (a *app) unknownCheck(id string, known []string) *failure {
	f := &failure{
		code: codeUsage, sentence: a.text.Text("error.unknown_check", "check", plain(id)),
		hint: a.text.Text("error.unknown_check_plain"),
	}
	if near := nearestCheck(id, known); near != "" {
		f.hint = a.text.Text("error.unknown_check_hint", "nearest", near)
	}
	return f
}

// nearestCheck is the one check that begins or ends alike, "accessibility" for
// accessibility-declaration, or that shares most pairs of letters.
func nearestCheck(id string, known []string) string {
	id = strings.ToLower(strings.ReplaceAll(id, "_", "-"))
	if i := slices.IndexFunc(known, func(k string) bool {
		return len(id) > 1 && (strings.HasPrefix(k, id) || strings.HasSuffix(k, id))
	}); i >= 0 {
		return known[i]
	}
	return nearestWord(id, known, 0.5)
}

// nearestWord is the word a few slips away from what was typed, else the one that
// shares the most pairs of letters with it, and more than enough; "" where none does.
func nearestWord(typed string, words []string, enough float64) string {
	if near := registry.NearestWord(typed, words); near != "" {
		return near
	}
	best, most := "", enough
	for _, w := range words {
		if s := likeness(strings.ToLower(typed), strings.ToLower(w)); s > most {
			best, most = w, s
		}
	}
	return best
}

// likeness is Dice's coefficient over pairs of letters.
func likeness(x, y string) float64 {
	pairs := func(s string) map[string]bool {
		out := map[string]bool{}
		for i := 0; i+2 <= len(s); i++ {
			out[s[i:i+2]] = true
		}
		return out
	}
	px, py := pairs(x), pairs(y)
	if len(px)+len(py) == 0 {
		return 0
	}
	shared := 0
	for p := range px {
		if py[p] {
			shared++
		}
	}
	return 2 * float64(shared) / float64(len(px)+len(py))
}

// rome is the time zone in which users read hours; the zone is in the binary.
func rome() *time.Location {
	zone, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		return time.UTC
	}
	return zone
}
