//go:build unix

package main

import (
	"syscall"
	"time"
)

// burnt is the processor time this process has used, whatever else the machine
// was doing.
func burnt() time.Duration { return usedBy(syscall.RUSAGE_SELF) }

// usedBy is the processor time of whom getrusage(2) is asked about.
func usedBy(who int) time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(who, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// inSystem is the part of burnt that the system took, and how many pages of memory it
// had to bring from the disk.
func inSystem() (time.Duration, int) {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0, 0
	}
	return time.Duration(u.Stime.Nano()), int(u.Majflt)
}
