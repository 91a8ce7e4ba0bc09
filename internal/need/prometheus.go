package need

// A real Prometheus, for tests of what it is to read.

import (
	"bytes"
	"net"
	"net/http"
	"os/exec"
	"testing"
	"time"
)

// Prometheus starts one in a folder that holds its configuration, on a free port
// of loopback, returns its address once it answers, and ends it with the test.
// Where it is not installed the test is skipped, or fails if VIGILE_REQUIRE
// contains "prometheus".
func Prometheus(t testing.TB, dir, config string) (address string) {
	t.Helper()
	program := Tool(t, "prometheus", "prometheus")
	// A port may be taken between our letting go of it and Prometheus's taking it.
	for range 3 {
		if address, ok := startPrometheus(t, program, dir, config); ok {
			return address
		}
	}
	t.Fatal("Prometheus does not start")
	return ""
}

func startPrometheus(t testing.TB, program, dir, config string) (address string, ok bool) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	host := l.Addr().String()
	l.Close()
	var said bytes.Buffer
	cmd := exec.Command(program, "--config.file="+config, "--storage.tsdb.path=data", "--web.listen-address="+host, "--log.level=warn")
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { cmd.Wait(); close(ended) }() //nolint:errcheck // it is killed
	t.Cleanup(func() { cmd.Process.Kill(); <-ended })
	for range 600 { // a minute
		select {
		case <-ended:
			t.Logf("Prometheus: %s", said.String())
			return "", false
		case <-time.After(100 * time.Millisecond):
		}
		resp, err := http.Get("http://" + host + "/-/ready")
		if err != nil {
			continue
		}
		resp.Body.Close()
		if resp.StatusCode == http.StatusOK {
			return "http://" + host, true
		}
	}
	return "", false
}
