package main

// The token of web.token: itself, or the file that holds it.

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/vigile-it/vigile/config"
)

// maxToken bounds the file of a token, in bytes.
const maxToken = 4 << 10

// token is what whoever may ask for visits must know; empty: nobody may. What looks like
// a path is one even where nothing is there: else the path would be the token, and those
// who read the settings would know it. The value is never repeated: it may be a token
// that begins as a path does.
func (a *app) token(cfg config.Config) (string, error) {
	name := cfg.Web.Token
	if !namesFile(name) {
		return name, nil
	}
	refuse := func(detail string) error {
		return &failure{
			code: codeUsage, sentence: a.text.Text("error.token_file", "where", a.setBy(cfg, "web.token"), "detail", detail),
			hint: a.text.Text("error.token_file_hint"),
		}
	}
	f, err := os.Open(name)
	if err != nil {
		return "", refuse(a.cause(err))
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxToken+1))
	if err != nil {
		return "", refuse(a.cause(err))
	}
	token := strings.TrimSpace(string(data))
	unfit := func(r rune) bool { return !unicode.IsPrint(r) || unicode.IsSpace(r) }
	switch {
	case len(data) > maxToken:
		return "", refuse(a.text.Text("error.detail.too_long"))
	case token == "":
		return "", refuse(a.text.Text("error.detail.empty"))
	case strings.ContainsFunc(token, unfit):
		return "", refuse(a.text.Text("error.detail.several_words"))
	}
	return token, nil
}

func namesFile(value string) bool {
	if value == "" {
		return false
	}
	if filepath.IsAbs(value) || strings.HasPrefix(value, "./") || strings.HasPrefix(value, "../") {
		return true
	}
	info, err := os.Stat(value)
	return err == nil && !info.IsDir()
}

// setBy says where the value of a key was set.
func (a *app) setBy(cfg config.Config, key string) string {
	for _, s := range cfg.Settings() {
		if s.Key == key {
			return a.origin(s.Origin)
		}
	}
	return ""
}
