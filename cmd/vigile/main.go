// Command vigile checks whether the websites of the Italian comuni meet their
// digital obligations, and says how it knows and what to do.
//
// One file holds one command; wire.go turns the settings into the options of the
// other packages; the words are in internal/messages.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
	_ "time/tzdata" // Europe/Rome, on machines that have no time zones
)

// version is stamped by the linker; see the Makefile.
var version = ""

func main() {
	a := &app{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, env: os.Environ(), now: time.Now}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		a.interrupted.Store(true)
		stop()
		<-signals
		os.Exit(codeInterrupted) // whoever asks twice does not want to wait
	}()
	code := a.run(ctx, os.Args[1:])
	os.Exit(code)
}
