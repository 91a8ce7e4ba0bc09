//go:build !unix

package main

import "time"

var begun = time.Now()

// burnt stands for processor time where that cannot be had.
func burnt() time.Duration { return time.Since(begun) }
