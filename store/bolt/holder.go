package bolt

// Who holds the database: a small file beside it, so that a process that has to
// wait can say for whom. It is information only; the lock itself is bbolt's.

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"syscall"

	"github.com/vigile-it/vigile/store"
)

// holderLimit bounds how much of a holder file is read.
const holderLimit = 4 << 10

func holderPath(path string) string { return path + ".lock" }

// writeHolder says who holds the database. A reader does not take the place of
// another process that lives: several may read at once.
func writeHolder(path string, h store.Holder) error {
	if h.ReadOnly && readHolder(path).PID != 0 {
		return nil
	}
	b, err := json.Marshal(h)
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".lock*") // 0600
	if err != nil {
		return err
	}
	_, err = tmp.Write(append(b, '\n'))
	if err = errors.Join(err, tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), holderPath(path))
	}
	if err != nil {
		os.Remove(tmp.Name())
	}
	return err
}

// removeHolder takes this process's own holder file away.
func removeHolder(path string) {
	if readHolder(path).PID == os.Getpid() {
		os.Remove(holderPath(path))
	}
}

// readHolder is the process that the holder file names; the zero Holder where
// there is no such file, or the process it names is gone.
func readHolder(path string) store.Holder {
	f, err := os.Open(holderPath(path))
	if err != nil {
		return store.Holder{}
	}
	defer f.Close()
	var h store.Holder
	if err := json.NewDecoder(io.LimitReader(f, holderLimit)).Decode(&h); err != nil || h.PID <= 0 || !alive(h.PID) {
		return store.Holder{}
	}
	return h
}

// alive tells whether there is a process of that id. Where that cannot be
// asked, it is taken to be.
func alive(pid int) bool {
	p, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	defer p.Release()
	if runtime.GOOS == "windows" {
		return true
	}
	err = p.Signal(syscall.Signal(0))
	return err == nil || errors.Is(err, os.ErrPermission)
}
