package main

// This file says under what a visit is made, so that what one noted may stand for
// another: the program to the byte, the user's own rules, and the settings.

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"hash"
	"io"
	"io/fs"
	"os"
	"sync"

	"github.com/vigile-it/vigile/config"
)

// under names program, rules and settings together; empty where one of them cannot
// be read.
func under(cfg config.Config) string {
	program, err := program()
	if err != nil {
		return ""
	}
	settings, err := json.Marshal(struct {
		Crawl     config.Crawl
		Disabled  []string
		UserAgent string
		AgID      config.AgID
	}{cfg.Crawl, cfg.Checks.Disabled, cfg.Network.Agent(release()), cfg.AgID})
	if err != nil {
		return ""
	}
	sum := sha256.New()
	sum.Write(program)
	sum.Write(settings)
	if cfg.Checks.RulesDir != "" && sumOfFiles(sum, os.DirFS(cfg.Checks.RulesDir)) != nil {
		return ""
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// itself is the running program's file on Linux, though another may have taken its
// place in its folder.
const itself = "/proc/self/exe"

// program is the sum of the file that is running: a version says nothing of a build
// from sources that were changed.
var program = sync.OnceValues(func() ([]byte, error) {
	f, err := os.Open(itself)
	if err != nil {
		path, err := os.Executable()
		if err != nil {
			return nil, err
		}
		if f, err = os.Open(path); err != nil {
			return nil, err
		}
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return nil, err
	}
	return sum.Sum(nil), nil
})

// sumOfFiles adds every file of a folder to a sum, by name.
func sumOfFiles(sum hash.Hash, dir fs.FS) error {
	return fs.WalkDir(dir, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(dir, name)
		if err != nil {
			return err
		}
		io.WriteString(sum, name+"\x00") //nolint:errcheck // a sum takes everything
		part := sha256.Sum256(text)
		sum.Write(part[:])
		return nil
	})
}
