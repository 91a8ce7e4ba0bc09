package deployments_test

// The unit, the images, the manifests and the proxies, each by its own tool
// where that is installed.

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/vigile-it/vigile/internal/need"
)

func read(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func run(t *testing.T, program string, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput()
	if err != nil {
		t.Errorf("%s %s: %v\n%s", filepath.Base(program), strings.Join(args, " "), err, out)
	}
	return string(out)
}

// Every example of a configuration is one that vigile takes.
func TestVigileAcceptsTheExamples(t *testing.T) {
	vigile := filepath.Join(t.TempDir(), "vigile.exe")
	run(t, "go", "build", "-o", vigile, "../cmd/vigile")
	if t.Failed() {
		return
	}
	for _, name := range []string{"systemd/vigile.yaml.example", "kubernetes/vigile.yaml"} {
		run(t, vigile, "config", "check", "--config", name)
	}
	known := run(t, vigile, "config", "check", "--format", "csv")
	for _, name := range []string{"systemd/vigile.env.example", "systemd/vigile.service", "container/Dockerfile", "container/compose.yaml", "kubernetes/statefulset.yaml"} {
		for _, v := range regexp.MustCompile(`\bVIGILE_([A-Z_]+)`).FindAllStringSubmatch(read(t, name), -1) {
			if slices.Contains([]string{"DASHBOARDS", "COMMAND"}, v[1]) {
				continue // Grafana's and compose's own
			}
			if !slices.ContainsFunc(strings.Fields(strings.ReplaceAll(known, ",", " ")), func(key string) bool {
				return strings.ToUpper(strings.ReplaceAll(key, ".", "_")) == v[1]
			}) {
				t.Errorf("%s sets %s, which is no setting", name, v[0])
			}
		}
	}
}

func TestTheUnitIsValidAndHardened(t *testing.T) {
	analyze := need.Tool(t, "systemd", "systemd-analyze")
	version := regexp.MustCompile(`systemd (\d+)`).FindStringSubmatch(run(t, analyze, "--version"))
	if n, err := strconv.Atoi(version[1]); err != nil || n < 250 {
		need.Missing(t, "systemd", "systemd "+version[1]+" analyses no file, only what runs")
	}
	// The program need not be installed where this runs.
	unit := strings.Replace(read(t, "systemd/vigile.service"), "/usr/local/bin/vigile serve", "/bin/true", 1)
	name := filepath.Join(t.TempDir(), "vigile.service")
	if err := os.WriteFile(name, []byte(unit), 0o600); err != nil {
		t.Fatal(err)
	}
	if out := run(t, analyze, "verify", "--man=no", name); strings.Contains(out, "vigile.service:") {
		t.Errorf("systemd has remarks:\n%s", out)
	}
	run(t, analyze, "security", "--no-pager", "--offline=true", "--threshold=20", name) // in tenths
}

func TestManifestsAreOneCarefulPod(t *testing.T) {
	names, err := filepath.Glob("kubernetes/*.yaml")
	if err != nil || len(names) < 6 {
		t.Fatalf("%v: %v", names, err)
	}
	kinds := map[string]map[string]any{}
	for _, name := range names {
		dec := yaml.NewDecoder(strings.NewReader(read(t, name)))
		for {
			var doc map[string]any
			if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if kind, ok := doc["kind"].(string); ok {
				if doc["apiVersion"] == nil || kinds[kind] != nil {
					t.Errorf("%s: %s is without a version or there twice", name, kind)
				}
				kinds[kind] = doc
			}
		}
	}
	for _, want := range []string{"StatefulSet", "Service", "NetworkPolicy", "ServiceMonitor", "Kustomization"} {
		if kinds[want] == nil {
			t.Errorf("no manifest is a %s", want)
		}
	}
	set := read(t, "kubernetes/statefulset.yaml")
	for _, want := range []string{
		"replicas: 1\n", "runAsNonRoot: true", "readOnlyRootFilesystem: true", "drop: [ALL]", "allowPrivilegeEscalation: false",
		"type: RuntimeDefault", "path: /healthz", "path: /readyz", "automountServiceAccountToken: false", "limits: {memory: 1Gi}",
	} {
		if !strings.Contains(set, want) {
			t.Errorf("the StatefulSet lacks %q", want)
		}
	}
	monitor, jobs := read(t, "kubernetes/servicemonitor.yaml"), scrapes(t)
	for _, want := range []string{
		"interval: " + jobs["vigile-comuni"].ScrapeInterval, "scrapeTimeout: " + jobs["vigile-comuni"].ScrapeTimeout,
		"replacement: vigile}", "replacement: vigile-comuni}", "path: " + jobs["vigile-comuni"].MetricsPath,
	} {
		if !strings.Contains(monitor, want) {
			t.Errorf("the ServiceMonitor differs from the example of Prometheus: no %q", want)
		}
	}
}

func TestKustomizeBuildsTheManifests(t *testing.T) {
	out := run(t, need.Tool(t, "kubernetes", "kubectl"), "kustomize", "kubernetes")
	for _, want := range []string{"kind: StatefulSet", "kind: ConfigMap", "image: vigile:devel"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in what kustomize makes", want)
		}
	}
}

func TestTheImageIsSmallAndNobodys(t *testing.T) {
	file := read(t, "container/Dockerfile")
	for _, want := range []string{"FROM gcr.io/distroless/static-debian12:nonroot", "USER 65532:65532", "CGO_ENABLED=0", "VOLUME /var/lib/vigile", `CMD ["serve"]`} {
		if !strings.Contains(file, want) {
			t.Errorf("the Dockerfile lacks %q", want)
		}
	}
	builder := regexp.MustCompile(`golang:(\d+\.\d+)`).FindStringSubmatch(file)
	if module := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(read(t, "../go.mod")); builder[1] != module[1] {
		t.Errorf("the image is built with Go %s, the module asks for %s", builder[1], module[1])
	}
	var compose struct {
		Services map[string]struct {
			ReadOnly bool     `yaml:"read_only"`
			CapDrop  []string `yaml:"cap_drop"`
			Ports    []string
			Volumes  []string
		}
	}
	readYAML(t, "container/compose.yaml", &compose)
	if v := compose.Services["vigile"]; !v.ReadOnly || !slices.Equal(v.CapDrop, []string{"ALL"}) {
		t.Errorf("vigile under compose: %+v", v)
	}
	for name, s := range compose.Services {
		for _, p := range s.Ports {
			if !strings.HasPrefix(p, "127.0.0.1:") {
				t.Errorf("%s opens %s to the world", name, p)
			}
		}
		for _, v := range s.Volumes {
			if from, _, _ := strings.Cut(v, ":"); strings.HasPrefix(from, "..") {
				if _, err := os.Stat(filepath.Join("container", from)); err != nil {
					t.Errorf("%s mounts what is not there: %v", name, err)
				}
			}
		}
	}
}

func TestProxiesKeepTheInsideInside(t *testing.T) {
	for _, name := range []string{"reverse-proxy/nginx.conf", "reverse-proxy/Caddyfile"} {
		text := read(t, name)
		for _, path := range []string{"metrics", "healthz", "readyz"} {
			if !strings.Contains(text, path) {
				t.Errorf("%s says nothing of /%s", name, path)
			}
		}
	}
	t.Run("nginx", func(t *testing.T) {
		nginx, dir := need.Tool(t, "proxy", "nginx"), t.TempDir()
		conf := strings.ReplaceAll(read(t, "reverse-proxy/nginx.conf"), "/etc/ssl/vigile/", dir+"/")
		conf = regexp.MustCompile(`listen (\[::\]:)?(80|443)\b`).ReplaceAllString(conf, "listen ${1}1$2")
		conf = "pid " + dir + "/pid;\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\n" + conf + "}\n"
		writeCertificate(t, dir)
		if err := os.WriteFile(filepath.Join(dir, "nginx.conf"), []byte(conf), 0o600); err != nil {
			t.Fatal(err)
		}
		run(t, nginx, "-t", "-q", "-p", dir, "-c", "nginx.conf")
	})
	t.Run("caddy", func(t *testing.T) {
		cmd := exec.CommandContext(t.Context(), need.Tool(t, "proxy", "caddy"), "validate", "--config", "reverse-proxy/Caddyfile", "--adapter", "caddyfile")
		cmd.Env = append(os.Environ(), "HOME="+t.TempDir(), "XDG_DATA_HOME="+t.TempDir(), "XDG_CONFIG_HOME="+t.TempDir())
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("caddy: %v\n%s", err, out)
		}
	})
}

// writeCertificate leaves fullchain.pem and privkey.pem in dir.
func writeCertificate(t *testing.T, dir string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"vigile.example.org"}}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{
		"fullchain.pem": {Type: "CERTIFICATE", Bytes: cert},
		"privkey.pem":   {Type: "PRIVATE KEY", Bytes: private},
	} {
		var text bytes.Buffer
		if err := pem.Encode(&text, block); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
