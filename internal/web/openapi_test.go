package web

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// described is the document that a server gives.
func described(t *testing.T, h http.Handler) object {
	t.Helper()
	var doc object
	if err := json.Unmarshal([]byte(body(t, h, pathOpenAPI)), &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

// in goes into a document by keys.
func in(doc any, keys ...string) any {
	for _, k := range keys {
		o, _ := doc.(object)
		doc = o[k]
	}
	return doc
}

// Every address described is served, every one served is described, and every
// answer is of the schema that is said of it.
func TestTheDescriptionIsOfWhatIsServed(t *testing.T) {
	s := served(t, umbria())
	h := s.Handler()
	doc := described(t, h)
	if doc["openapi"] != "3.1.0" || in(doc, "info", "version") != "1.2.3" {
		t.Errorf("%v %v", doc["openapi"], doc["info"])
	}
	paths, _ := doc["paths"].(object)
	var served []string
	for _, x := range s.routes() {
		served = append(served, x.path)
	}
	slices.Sort(served)
	if d := cmp.Diff(served, slices.Sorted(maps.Keys(paths))); d != "" {
		t.Error(d)
	}
	for path := range paths {
		target := strings.ReplaceAll(path, "{istat}", "990001")
		var answer any
		if err := json.Unmarshal([]byte(body(t, h, target)), &answer); err != nil {
			t.Fatal(err)
		}
		if items, ok := answer.([]any); ok && len(items) == 0 {
			t.Errorf("%s: nothing to hold the description to", path)
		}
		schema := in(paths, path, "get", "responses", "200", "content", "application/json", "schema")
		if err := conforms(doc, schema, answer); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		allowed := map[string]bool{}
		params, _ := in(paths, path, "get", "parameters").([]any)
		for _, p := range params {
			if in(p, "in") == "query" {
				allowed[fmt.Sprint(in(p, "name"))] = true
			}
		}
		for param, value := range map[string]string{
			paramProvince: "PG", paramRegion: "Umbria", paramCheck: "rtd", paramVerdict: "fail", paramReach: "ok", paramLimit: "5", paramSince: "7d",
			paramFormat: "csv", paramName: "a", paramPage: "2", "other": "1",
		} {
			code := ask(t, h, target+"?"+param+"="+value).Code
			if (code == http.StatusOK) != allowed[param] {
				t.Errorf("%s?%s: %d, and described: %t", path, param, code, allowed[param])
			}
		}
	}
	for _, target := range []string{pathCrawl, pathAPI + "nothing", pathOpenAPI + "?x=1"} {
		if w := ask(t, h, target); w.Code != http.StatusNotFound && w.Code != http.StatusBadRequest {
			t.Errorf("%s: %d", target, w.Code)
		}
	}
}

// conforms tells how a value departs from a schema, of the words the document
// uses.
func conforms(doc, schema, value any) error {
	if name, ok := in(schema, "$ref").(string); ok {
		schema = in(doc, "components", "schemas", strings.TrimPrefix(name, "#/components/schemas/"))
		if schema == nil {
			return fmt.Errorf("no schema %s", name)
		}
	}
	if enum, ok := in(schema, "enum").([]any); ok && !slices.Contains(enum, value) {
		return fmt.Errorf("%v is not of %v", value, enum)
	}
	kinds, ok := in(schema, "type").([]any)
	if !ok {
		kinds = []any{in(schema, "type")}
	}
	got := map[string]bool{}
	switch v := value.(type) {
	case nil:
		got["null"] = true
	case bool:
		got["boolean"] = true
	case string:
		got["string"] = true
	case float64:
		got["number"], got["integer"] = true, v == float64(int64(v))
	case []any:
		got["array"] = true
		for i, item := range v {
			if err := conforms(doc, in(schema, "items"), item); err != nil {
				return fmt.Errorf("[%d]%w", i, err)
			}
		}
	case object:
		got["object"] = true
		if err := fits(doc, schema, v); err != nil {
			return err
		}
	}
	if !slices.ContainsFunc(kinds, func(k any) bool { return got[fmt.Sprint(k)] }) {
		return fmt.Errorf(" %v is no %v", value, kinds)
	}
	return nil
}

func fits(doc, schema any, value object) error {
	for name, item := range value {
		of := in(schema, "properties", name)
		if of == nil {
			of = in(schema, "additionalProperties")
		}
		if _, ok := of.(object); !ok {
			return fmt.Errorf(".%s is not described", name)
		}
		if err := conforms(doc, of, item); err != nil {
			return fmt.Errorf(".%s%w", name, err)
		}
	}
	required, _ := in(schema, "required").([]any)
	for _, name := range required {
		if _, ok := value[fmt.Sprint(name)]; !ok {
			return fmt.Errorf(".%v is missing", name)
		}
	}
	return nil
}

func TestTheCheckOfTheDescriptionIsNotBlind(t *testing.T) {
	doc := object{}
	schema := object{"type": "object", "properties": object{"a": object{"type": "integer"}}, "required": []any{"a"}, "additionalProperties": false}
	for text, good := range map[string]bool{`{"a":1}`: true, `{"a":1.5}`: false, `{}`: false, `{"a":1,"b":2}`: false, `[]`: false, `{"a":null}`: false} {
		var v any
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			t.Fatal(err)
		}
		if err := conforms(doc, schema, v); (err == nil) != good {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// send is the answer to a request with a body.
func send(h http.Handler, method, target, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}
