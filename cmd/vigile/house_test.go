package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const house = "github.com/vigile-it/vigile/"

// rooms is the one allow-list of docs/ARCHITECTURE.md: for each package of the
// house, the packages of the house it may import directly. Tests inside a
// package are held to the same list, plus testRooms.
var rooms = map[string][]string{
	"internal/need":        {},
	"internal/netguard":    {},
	"internal/messages":    {},
	"internal/agid":        {},
	"internal/replica":     {},
	"config":               {},
	"crawler/page":         {},
	"checks/finding":       {},
	"internal/rules":       {"crawler/page"},
	"internal/registry":    {"internal/netguard"},
	"internal/agid/client": {"internal/agid", "internal/netguard"},
	"crawler":              {"crawler/page", "internal/netguard", "internal/rules"},
	"checks":               {"crawler/page", "checks/finding", "internal/registry", "internal/agid", "internal/rules"},
	"internal/record":      {"crawler/page", "checks/finding", "internal/registry", "internal/agid"},
	"internal/assess": {
		"crawler", "crawler/page", "checks", "checks/finding", "internal/registry", "internal/agid", "internal/agid/client", "internal/record",
	},
	"store":            {"internal/record"},
	"store/storetest":  {"internal/record", "store", "crawler/page", "checks/finding", "internal/registry"},
	"store/bolt":       {"internal/record", "store"},
	"store/remote":     {"internal/record", "store"},
	"internal/nightly": {"internal/assess", "checks/finding", "internal/registry", "internal/record", "internal/netguard", "crawler/page"},
	"internal/web":     {"internal/report", "internal/record", "crawler/page", "checks/finding", "internal/registry", "internal/messages"},
	"deployments":      {"internal/replica"},
	"internal/report": {
		"internal/record", "store", "crawler/page", "checks/finding", "internal/registry", "checks", "internal/messages", "internal/agid",
	},
}

// everywhere are rooms that may import the whole house.
var everywhere = []string{"cmd/vigile"}

// testRooms are what any test may import besides its package's own list: what
// it needs of the machine, and the plain values it makes fixtures of.
var testRooms = []string{"internal/need", "internal/replica", "crawler/page", "checks/finding", "internal/registry", "internal/record", "internal/netguard", "store/storetest"}

// only names the packages that alone may import a library, so that the house
// can change its mind about it in one room.
var only = map[string][]string{
	"github.com/gocolly/colly/v2":      {"crawler"},
	"go.etcd.io/bbolt":                 {"store/bolt"},
	"github.com/spf13/cobra":           {"cmd/vigile"},
	"github.com/xuri/excelize/v2":      {"internal/report", "internal/registry", "cmd/vigile"}, // of the last two their tests alone: what they read is read without
	"github.com/parquet-go/parquet-go": {"internal/report"},
}

// never names standard packages that a room must not import, for what they
// would let it do.
var never = map[string][]string{
	"checks":         {"net", "net/http", "os", "os/exec", "github.com/gocolly/colly/v2"},
	"checks/finding": {"net", "net/http", "os", "os/exec"},
	"internal/rules": {"net", "os", "os/exec"}, // net/http for the type of a header in its examples
	"internal/agid":  {"net", "net/http", "os", "os/exec"},
}

func TestImportsGoOneWay(t *testing.T) {
	for room, imports := range directImports(t) {
		if slices.Contains(everywhere, room) {
			continue
		}
		allowed, known := rooms[room]
		if !known {
			t.Errorf("package %s is in no list: give it a room in docs/ARCHITECTURE.md and here", room)
			continue
		}
		for imported, file := range imports {
			test := strings.HasSuffix(file, "_test.go")
			if dep, inside := strings.CutPrefix(imported, house); inside && dep != room {
				if !slices.Contains(allowed, dep) && !(test && slices.Contains(testRooms, dep)) {
					t.Errorf("%s imports %s, which %s may not", file, dep, room)
				}
			}
			if owners, owned := only[imported]; owned && !slices.Contains(owners, room) {
				t.Errorf("%s imports %s, which belongs to %v alone", file, imported, owners)
			}
			if !test && slices.Contains(never[room], imported) {
				t.Errorf("%s imports %s, which %s must never", file, imported, room)
			}
		}
	}
}

// A clock read in a check would make the same evidence give two verdicts.
func TestNoCheckReadsTheClock(t *testing.T) {
	for _, dir := range []string{"checks", "checks/finding", "internal/rules", "internal/agid"} {
		for _, name := range goFiles(t, filepath.Join("..", "..", dir)) {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			set := token.NewFileSet()
			tree, err := parser.ParseFile(set, name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(tree, func(n ast.Node) bool {
				sel, ok := n.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				if x, ok := sel.X.(*ast.Ident); ok && x.Name == "time" && slices.Contains([]string{"Now", "Since", "Until"}, sel.Sel.Name) {
					t.Errorf("%s reads the clock", set.Position(sel.Pos()))
				}
				return true
			})
		}
	}
}

func TestEveryRoomOfTheListExists(t *testing.T) {
	built := directImports(t)
	for _, room := range slices.Sorted(maps.Keys(rooms)) {
		if _, ok := built[room]; !ok {
			t.Errorf("the list names %s, and there is no such package", room)
		}
	}
}

// directImports maps each package of the house to what its files import, and
// one file that does; a file that is no test is named first.
func directImports(t *testing.T) map[string]map[string]string {
	t.Helper()
	found := map[string]map[string]string{}
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && name != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "bin") {
			return filepath.SkipDir
		}
		if d.IsDir() || filepath.Ext(name) != ".go" {
			return nil
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		room := path.Dir(filepath.ToSlash(rel))
		tree, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		if found[room] == nil {
			found[room] = map[string]string{}
		}
		for _, spec := range tree.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if was, seen := found[room][imported]; !seen || strings.HasSuffix(was, "_test.go") {
				found[room][imported] = filepath.ToSlash(rel)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func goFiles(t *testing.T, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	if len(names) == 0 {
		t.Fatalf("no Go file in %s", dir)
	}
	return names
}
