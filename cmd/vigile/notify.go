package main

// Telling systemd how the service is doing: sd_notify(3), one datagram.

import (
	"net"
	"os"
	"strings"
)

// notify does nothing where nobody listens. What fails here is nobody's trouble:
// systemd kills a service that does not say that it is ready.
func notify(state string) {
	name := os.Getenv("NOTIFY_SOCKET")
	if name == "" {
		return
	}
	if strings.HasPrefix(name, "@") { // of the abstract name space
		name = "\x00" + name[1:]
	}
	c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		return
	}
	defer c.Close()
	c.Write([]byte(state)) //nolint:errcheck // see above
}
