package main

// This file holds what every command shares: the streams, the common flags, the
// language, and the way from an error to an exit code.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/term"

	"github.com/vigile-it/vigile/config"
	"github.com/vigile-it/vigile/internal/messages"
)

// The exit codes of the interface.
const (
	codeDone        = 0
	codeFailOn      = 1
	codeUsage       = 2
	codeNothing     = 3
	codeInterrupted = 4
	codeInternal    = 5
)

// app is one invocation of the program.
type app struct {
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	env    []string
	now    func() time.Time
	world  world // what stands in for the network in demo and tests; zero: the real one

	interrupted atomic.Bool // Ctrl-C was pressed
	flags       commonFlags
	text        messages.Catalogue
}

// commonFlags are those every command has.
type commonFlags struct {
	config  string
	format  string
	lang    string
	verbose bool
	quiet   bool
	noColor bool
}

// run carries a command line out and returns the exit code.
func (a *app) run(ctx context.Context, args []string) (code int) {
	defer func() {
		if r := recover(); r != nil {
			code = a.report(fmt.Errorf("panic: %v", r))
			if a.flags.verbose {
				a.stderr.Write(debug.Stack())
			}
		}
	}()
	a.stderr = &shared{w: a.stderr}
	var err error
	if a.text, err = messages.For(language(args)); err != nil {
		return a.badLanguage(language(args))
	}
	root := newRoot(a)
	root.SetArgs(args)
	return a.report(root.ExecuteContext(ctx))
}

// language finds --lang before the flags are parsed, because the help and the
// errors of the parsing itself are in that language.
func language(args []string) string {
	lang := messages.Languages()[0]
	for i, arg := range args {
		if arg == "--" {
			break
		}
		if value, ok := strings.CutPrefix(arg, "--lang="); ok {
			lang = value
		} else if arg == "--lang" && i+1 < len(args) {
			lang = args[i+1]
		}
	}
	return lang
}

func (a *app) badLanguage(lang string) int {
	a.text, _ = messages.For(messages.Languages()[0])
	return a.report(&failure{
		code:     codeUsage,
		sentence: a.text.Text("error.flag_bad", "value", plain(lang), "flag", "--lang"),
		hint:     a.text.Text("error.flag_choice", "options", strings.Join(messages.Languages(), ", ")),
	})
}

// report writes an error for the user and returns its exit code.
func (a *app) report(err error) int {
	if err == nil {
		return codeDone
	}
	f := a.explain(err)
	if f.sentence != "" {
		fmt.Fprintf(a.stderr, "%s: %s\n", a.text.Text("error.prefix"), f.sentence)
	}
	for _, line := range f.lines {
		fmt.Fprintf(a.stderr, "  %s\n", line)
	}
	if f.hint != "" {
		fmt.Fprintf(a.stderr, "%s: %s\n", a.text.Text("error.hint"), f.hint)
	}
	if a.flags.verbose && f.err != nil {
		fmt.Fprintf(a.stderr, "%+v\n", plain(f.err.Error()))
	}
	return f.code
}

// settings reads the configuration and says its warnings.
func (a *app) settings() (config.Config, error) {
	cfg, err := config.Load(a.flags.config, a.env)
	if err != nil {
		return cfg, err
	}
	for _, w := range cfg.Warnings() {
		a.note(a.text.Text("config.warning."+string(w.Kind), "key", plain(w.Key), "nearest", w.Nearest))
	}
	return cfg, nil
}

// note says something on stderr, unless --quiet was given.
func (a *app) note(line string) {
	if !a.flags.quiet {
		fmt.Fprintln(a.stderr, line)
	}
}

// logger writes to stderr. A command that a person waits for speaks up from
// warnings on, unless the configuration asks for a level itself.
func (a *app) logger(cfg config.Config) *slog.Logger { return a.loggerFrom(cfg, slog.LevelWarn) }

// loggerFrom is logger with another level where nobody asks for one.
func (a *app) loggerFrom(cfg config.Config, level slog.Level) *slog.Logger {
	for _, s := range cfg.Settings() {
		if s.Key == "log.level" && s.Origin != (config.Origin{}) {
			_ = level.UnmarshalText([]byte(s.Value)) // one of four words, as the schema holds
		}
	}
	switch {
	case a.flags.verbose:
		level = slog.LevelDebug
	case a.flags.quiet:
		level = slog.LevelError
	}
	o := &slog.HandlerOptions{Level: level}
	if cfg.Log.Format == "json" {
		return slog.New(slog.NewJSONHandler(a.stderr, o))
	}
	return slog.New(slog.NewTextHandler(a.stderr, o))
}

func (a *app) getenv(name string) string {
	for _, line := range a.env {
		if value, ok := strings.CutPrefix(line, name+"="); ok {
			return value
		}
	}
	return ""
}

// shared lets progress, notes and the log write to one stream, a line at a time.
type shared struct {
	mu sync.Mutex
	w  io.Writer
}

func (s *shared) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.w.Write(p)
}

// terminal tells whether somebody is looking at w, and how many columns there
// are.
func terminal(w io.Writer) (columns int, ok bool) {
	if s, is := w.(*shared); is {
		w = s.w
	}
	f, isFile := w.(*os.File)
	if !isFile || !term.IsTerminal(int(f.Fd())) {
		return 0, false
	}
	columns, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		columns = 0
	}
	return columns, true
}

// stopped tells whether err is only the user's Ctrl-C.
func (a *app) stopped(err error) bool {
	return err != nil && (errors.Is(err, context.Canceled) || a.interrupted.Load())
}
