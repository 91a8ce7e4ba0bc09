package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestServeVisitsWhomTheAPIIsAskedFor(t *testing.T) {
	running := someItaly(t, 30)
	defer http.DefaultClient.CloseIdleConnections()
	env := toItaly(t, running, t.TempDir())
	env["VIGILE_WEB_LISTEN"], env["VIGILE_WEB_TOKEN"] = "127.0.0.1:0", "a long secret"
	s := serve(t, world{redial: running.Redial, agidGap: time.Millisecond}, env, "serve")
	defer s.end(t)
	post := func(comune, token string) (int, string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.address+"api/v1/crawl", strings.NewReader(fmt.Sprintf(`{"comune":%q}`, comune)))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Authorization", "Bearer "+token)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(b)
	}
	if code, body := post("990006", "another"); code != http.StatusUnauthorized {
		t.Errorf("%d %s", code, body)
	}
	if code, body := post("Vattelapesca", "a long secret"); code != http.StatusNotFound {
		t.Errorf("%d %s", code, body)
	}
	code, body := post("990006", "a long secret")
	if code != http.StatusAccepted || !strings.Contains(body, `"result":"/api/v1/comuni/990006"`) {
		t.Fatalf("%d %s", code, body)
	}
	for range 600 {
		if code, body := s.get(t, "api/v1/comuni/990006"); code == http.StatusOK {
			if !strings.Contains(body, "Pratolungo") {
				t.Errorf("%.1000s", body)
			}
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Error("nobody was visited")
}
