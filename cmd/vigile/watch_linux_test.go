package main

import "time"

// burntHere is the processor time the caller's thread has used.
func burntHere() time.Duration {
	const ofThread = 1 // RUSAGE_THREAD, which package syscall does not name
	return usedBy(ofThread)
}
