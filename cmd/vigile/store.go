package main

// vigile store check, store backup FILE, store compact: keeping the file of the
// results itself.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/vigile-it/vigile/config"
	"github.com/vigile-it/vigile/store"
	"github.com/vigile-it/vigile/store/bolt"
	"github.com/vigile-it/vigile/store/remote"
)

func newStore(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:  "store",
		Args: a.noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		Example: `  vigile store check
  vigile store backup /backup/vigile.db
  vigile store check /backup/vigile.db`,
	}
	a.describe(cmd, "store")
	cmd.AddCommand(newStoreCheck(a), newStoreBackup(a), newStoreCompact(a))
	return cmd
}

// fileFormats are the values of --format for what tells of one thing.
var fileFormats = []string{"table", "json"}

func newStoreCheck(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use: "check [FILE]",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return a.oneArg(cmd, args)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			path := ""
			if len(args) == 1 {
				path = args[0]
			}
			return a.storeCheck(cmd.Context(), path)
		},
	}
	a.describe(cmd, "store_check")
	a.ownFormats(cmd, fileFormats...)
	return cmd
}

// checkedStore is what a check found, in JSON.
type checkedStore struct {
	File string `json:"file"`
	bolt.Contents
}

func (a *app) storeCheck(ctx context.Context, path string) error {
	format, err := a.format(fileFormats...)
	if err != nil {
		return err
	}
	if path == "" {
		cfg, err := a.boltSettings()
		if err != nil {
			return err
		}
		if err := a.servedElsewhere(ctx, cfg, "check"); err != nil {
			return err
		}
		path = storePath(cfg)
	} else if err := a.isFile(path); err != nil {
		return err
	}
	s, err := bolt.Open(path, bolt.Options{ReadOnly: true, Thorough: true, Now: a.now})
	if err != nil {
		return a.cannotOpen(path, err, "check")
	}
	found, err := s.Inspect(ctx)
	if err := errors.Join(err, s.Close()); err != nil {
		return a.cannotOpen(path, err, "check")
	}
	if format == "json" {
		return a.print(func(w io.Writer) error { return writeJSON(w, checkedStore{path, found}) })
	}
	return a.fields([][2]string{
		{"store.file", plain(path)},
		{"store.state", a.text.Text("store.whole")},
		{"store.comuni", a.text.Number(found.Comuni)},
		{"store.assessments", a.text.Number(found.Assessments)},
		{"store.changes", a.text.Number(found.Changes)},
		{"store.runs", a.text.Number(found.Runs)},
		{"store.nights", a.text.Number(found.Nights)},
		{"store.size", a.text.Text("store.size_free", "size", a.text.Bytes(int(found.Bytes)), "free", a.text.Bytes(int(found.Free)))},
		{"store.layout", a.text.Number(found.Layout)},
	})
}

// isFile refuses what was named and is no file: nothing is damaged there, and no crawl
// would make it.
func (a *app) isFile(path string) error {
	info, err := os.Stat(path)
	if err == nil && info.IsDir() {
		err = syscall.EISDIR
	}
	if err == nil {
		return nil
	}
	return &failure{
		code: codeUsage, sentence: a.text.Text("error.store", "path", plain(path), "detail", a.cause(err)), hint: a.text.Text("error.store_file_hint"), err: err,
	}
}

// fields prints labelled lines.
func (a *app) fields(lines [][2]string) error {
	var keys []string
	for _, l := range lines {
		keys = append(keys, l[0])
	}
	width := a.labels(keys...)
	return a.print(func(w io.Writer) error {
		s := a.styleOf(a.stdout)
		for _, l := range lines {
			s.field(w, "", a.text.Text(l[0]), width, l[1])
		}
		return nil
	})
}

func newStoreBackup(a *app) *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:     "backup FILE",
		Args:    a.oneArg,
		Example: `  vigile store backup /backup/vigile-$(date +%F).db`,
		RunE:    func(cmd *cobra.Command, args []string) error { return a.storeBackup(cmd.Context(), args[0], force) },
	}
	a.describe(cmd, "store_backup")
	a.ownFormats(cmd, fileFormats...)
	cmd.Flags().BoolVar(&force, "force", false, a.flagText("force_backup"))
	return cmd
}

// copyable is a store that writes all of itself as a file.
type copyable interface {
	Backup(ctx context.Context, w io.Writer) (int64, error)
}

func (a *app) storeBackup(ctx context.Context, file string, force bool) error {
	format, err := a.format(fileFormats...)
	if err != nil {
		return err
	}
	cfg, err := a.boltSettings()
	if err != nil {
		return err
	}
	if err := a.backupPlace(cfg, file, force); err != nil {
		return err
	}
	s, err := a.openStore(cfg, true)
	if err != nil {
		return err
	}
	defer s.Close()
	from, ok := s.(copyable)
	if !ok {
		return fmt.Errorf("backing up: a store of type %T", s)
	}
	var size int64
	err = a.exportTo(file, placeCopy(file, force, func(w io.Writer) (err error) {
		size, err = from.Backup(ctx, w)
		return err
	}))
	var damaged *store.CorruptError
	switch {
	case errors.Is(err, fs.ErrExist):
		return a.thereAlready(file)
	case errors.As(err, &damaged):
		return &failure{
			code: codeInternal, sentence: a.text.Text("error.backup_damaged", "file", plain(file), "path", plain(storePath(cfg))), lines: []string{plain(damaged.Err.Error())},
			hint: a.text.Text("error.backup_damaged_hint"), err: err,
		}
	}
	if err != nil {
		return err
	}
	if format == "json" {
		return a.print(func(w io.Writer) error {
			return writeJSON(w, struct {
				File  string `json:"file"`
				Bytes int64  `json:"bytes"`
			}{file, size})
		})
	}
	return a.print(func(w io.Writer) error {
		_, err := fmt.Fprintln(w, a.text.Text("store.copied", "file", plain(file), "size", a.text.Bytes(int(size))))
		return err
	})
}

// backupPlace refuses to write over what is there, and over the store itself
// whatever is asked.
func (a *app) backupPlace(cfg config.Config, file string, force bool) error {
	there, err := os.Stat(file)
	if err != nil {
		return nil // what is wrong with the place is said when it is written to
	}
	if own, err := os.Stat(storePath(cfg)); err == nil && os.SameFile(own, there) {
		return &failure{code: codeUsage, sentence: a.text.Text("error.backup_self", "file", plain(file)), hint: a.text.Text("error.backup_self_hint")}
	}
	if there.IsDir() {
		return &failure{code: codeUsage, sentence: a.text.Text("error.backup_folder", "file", plain(file)), hint: a.text.Text("error.backup_self_hint")}
	}
	if !force {
		return a.thereAlready(file)
	}
	return nil
}

func (a *app) thereAlready(file string) error {
	return &failure{code: codeUsage, sentence: a.text.Text("error.backup_there", "file", plain(file)), hint: a.text.Text("error.backup_there_hint")}
}

// placeCopy writes a file of mode 0600 under another name, has the disk keep it,
// looks whether it is a store whose pages hang together, and only then puts it in place.
// What is there already stays, with fs.ErrExist, unless over is set.
func placeCopy(name string, over bool, write func(io.Writer) error) error {
	dir := filepath.Dir(name)
	tmp, err := os.CreateTemp(dir, "."+filepath.Base(name)+".*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	err = write(tmp)
	if err == nil {
		err = tmp.Sync()
	}
	if err := errors.Join(err, tmp.Close()); err != nil {
		return err
	}
	copied, err := bolt.Open(tmp.Name(), bolt.Options{ReadOnly: true, Thorough: true})
	if err != nil {
		return fmt.Errorf("the copy is no store: %w", err)
	}
	if err := copied.Close(); err != nil {
		return err
	}
	if err := putInPlace(tmp.Name(), name, over); err != nil {
		return err
	}
	return syncFolder(dir)
}

// putInPlace gives a finished file its name.
func putInPlace(from, to string, over bool) error {
	if over {
		return os.Rename(from, to)
	}
	err := os.Link(from, to) // never over another
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	if _, err := os.Lstat(to); !errors.Is(err, fs.ErrNotExist) { // a file system without links
		return errors.Join(err, fs.ErrExist)
	}
	return os.Rename(from, to)
}

// syncFolder has the disk keep a new name. Where a folder cannot be opened so,
// the system sees to it.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return nil
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, fs.ErrInvalid) {
		return err
	}
	return nil
}

func newStoreCompact(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:  "compact",
		Args: a.noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.storeCompact(cmd.Context()) },
	}
	a.describe(cmd, "store_compact")
	a.ownFormats(cmd, fileFormats...)
	return cmd
}

func (a *app) storeCompact(ctx context.Context) error {
	format, err := a.format(fileFormats...)
	if err != nil {
		return err
	}
	cfg, err := a.boltSettings()
	if err != nil {
		return err
	}
	if err := a.servedElsewhere(ctx, cfg, "compact"); err != nil {
		return err
	}
	path := storePath(cfg)
	before, after, err := bolt.Compact(path, bolt.Options{Thorough: true, Now: a.now})
	if err != nil {
		return a.cannotOpen(path, err, "compact")
	}
	if format == "json" {
		return a.print(func(w io.Writer) error {
			return writeJSON(w, struct {
				File   string `json:"file"`
				Before int64  `json:"bytes_before"`
				After  int64  `json:"bytes_after"`
			}{path, before, after})
		})
	}
	return a.print(func(w io.Writer) error {
		_, err := fmt.Fprintln(w, a.text.Text("store.compacted", "file", plain(path),
			"before", a.text.Bytes(int(before)), "after", a.text.Bytes(int(after))))
		return err
	})
}

// boltSettings are the settings, where results are kept in a file.
func (a *app) boltSettings() (config.Config, error) {
	cfg, err := a.settings()
	if err == nil && cfg.Store.Driver != "bolt" {
		err = a.unavailable("store.driver", cfg.Store.Driver, "bolt")
	}
	return cfg, err
}

// servedElsewhere refuses what needs the file to itself while a serve has it.
func (a *app) servedElsewhere(ctx context.Context, cfg config.Config, what string) error {
	r, err := remote.Dial(ctx, cfg.DataDir)
	if err != nil {
		return nil // somebody else may have it: the lock says so
	}
	defer r.Close()
	return &failure{
		code: codeNothing, sentence: a.text.Text("error.store_served", "path", plain(storePath(cfg)), "pid", r.PID()),
		hint: a.text.Text("error.store_served_" + what),
	}
}

// cannotOpen says why a file could not be used: what it is first, then where it
// is wrong.
func (a *app) cannotOpen(path string, err error, what string) error {
	var damaged *store.CorruptError
	var locked *store.LockedError
	f := a.explainStore(err)
	switch {
	case errors.As(err, &damaged):
		f.lines = []string{plain(damaged.Err.Error())}
	case errors.As(err, &locked):
		f.hint = a.text.Text("error.store_served_" + what)
	case f == nil && errors.Is(err, fs.ErrNotExist):
		return &failure{code: codeUsage, sentence: a.text.Text("error.no_store", "path", plain(path)), hint: a.text.Text("error.no_store_hint"), err: err}
	case f == nil && a.stopped(err):
		return err
	case f == nil:
		return &failure{
			code: codeUsage, sentence: a.text.Text("error.store", "path", plain(path), "detail", a.cause(err)), hint: a.text.Text("error.store_hint"), err: err,
		}
	}
	return f
}

// retainer is a store that can forget its oldest history.
type retainer interface {
	Retain(ctx context.Context, keep time.Duration) (removed int, err error)
}

// retain forgets, after a night, what store.keep says is too old. The night
// stands whatever comes of it.
func (c *crew) retain(ctx context.Context, keep any) {
	s, ok := keep.(retainer)
	if !ok || c.cfg.Store.Keep <= 0 {
		return
	}
	removed, err := s.Retain(ctx, c.cfg.Store.Keep)
	switch {
	case err != nil && ctx.Err() == nil:
		c.log.Error("forgetting old history", "error", err)
	case removed > 0:
		c.log.Info("old history was forgotten", "assessments", removed, "keep", c.cfg.Store.Keep)
	}
}
