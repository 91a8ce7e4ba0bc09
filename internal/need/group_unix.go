//go:build unix

package need

import (
	"os/exec"
	"syscall"
)

// inGroup gives a program a process group of its own, so that what it has
// started ends with it.
func inGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
