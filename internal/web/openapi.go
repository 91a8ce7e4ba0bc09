package web

// /api/v1/openapi.json: the API described as OpenAPI 3.1, from the table that is
// served and the types that are answered.

import (
	"encoding"
	"net/http"
	"reflect"
	"regexp"
	"strings"
	"time"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/record"
	"github.com/vigile-it/vigile/internal/report"
)

// object is a JSON object.
type object = map[string]any

// exported stands for a row of the export, which is no struct with tags.
type exported struct{}

func (s *Server) apiDescription(w http.ResponseWriter, r *http.Request) error {
	if _, err := parseQuery(r.URL.RawQuery, true, s.o.Now()); err != nil {
		return err
	}
	return answerJSON(w, s.describe())
}

// describe is the whole document.
func (s *Server) describe() object {
	d := describer{schemas: object{}}
	paths := object{}
	for _, x := range s.routes() {
		paths[x.path] = object{"get": s.operation(&d, x)}
	}
	components := object{"schemas": d.schemas}
	if s.takesCrawls() {
		paths[pathCrawl] = object{"post": s.orderOperation(&d)}
		components["securitySchemes"] = object{"token": object{"type": "http", "scheme": "bearer"}}
	}
	d.schemas["Error"] = object{
		"type": "object", "required": []string{"error"}, "additionalProperties": false,
		"properties": object{"error": object{"type": "string", "description": "A sentence for the reader, in the language of the service."}},
	}
	return object{
		"openapi": "3.1.0",
		"info": object{
			"title": "vigile", "version": s.o.Version, "license": object{"name": "CC BY 4.0", "identifier": "CC-BY-4.0"},
			"description": "What vigile found on the websites of Italy's comuni. Lists are streamed: one that broke off is no JSON. Absence is no failure: read the verdict unknown with its reason.",
		},
		"paths": paths, "components": components,
	}
}

var inPath = regexp.MustCompile(`\{(\w+)\}`)

func (s *Server) operation(d *describer, x route) object {
	params := []object{}
	for _, m := range inPath.FindAllStringSubmatch(x.path, -1) {
		params = append(params, object{"name": m[1], "in": "path", "required": true, "schema": object{"type": "string", "pattern": "^[0-9]{6}$"}})
	}
	for _, p := range x.params {
		params = append(params, object{"name": p, "in": "query", "description": paramNotes[p], "schema": s.paramSchema(p)})
	}
	schema := d.schemaOf(reflect.TypeOf(x.answer))
	if x.list {
		schema = object{"type": "array", "items": schema}
	}
	content := object{"application/json": object{"schema": schema}}
	if x.answer == (exported{}) {
		text := object{"schema": object{"type": "string"}}
		content["text/csv"], content["application/x-ndjson"] = text, text
	}
	responses := object{
		"200": object{"description": "What was asked for.", "content": content},
		"400": problem("A parameter that does not exist or has no such value."), "503": problem("Too many long answers at once: come back.", "Retry-After"),
	}
	if strings.Contains(x.path, "{") {
		responses["404"] = problem("No such comune, or nothing known of it yet.")
	}
	return object{"operationId": x.id, "summary": x.summary, "parameters": params, "responses": responses}
}

func (s *Server) orderOperation(d *describer) object {
	body := object{"application/json": object{"schema": d.schemaOf(reflect.TypeFor[order]())}}
	return object{
		"operationId": "orderCrawl", "summary": "Ask for a visit of one comune, by name, ISTAT or IPA code. It is made later.",
		"security":    []object{{"token": []string{}}},
		"requestBody": object{"required": true, "content": body},
		"responses": object{
			"202": object{
				"description": "The visit will be made.", "content": object{"application/json": object{"schema": d.schemaOf(reflect.TypeFor[Ordered]())}},
			},
			"400": problem("Not one comune in JSON."), "401": problem("The token is missing or wrong.", "WWW-Authenticate"),
			"404": problem("No comune, or more than one, is called so."), "415": problem("The body is no JSON."),
			"429": problem("Too many requests.", "Retry-After"), "503": problem("Too many visits are waiting.", "Retry-After"),
		},
	}
}

func problem(description string, headers ...string) object {
	out := object{"description": description, "content": object{"application/json": object{"schema": ref("Error")}}}
	if len(headers) > 0 {
		named := object{}
		for _, h := range headers {
			named[h] = object{"schema": object{"type": "string"}}
		}
		out["headers"] = named
	}
	return out
}

func ref(name string) object { return object{"$ref": "#/components/schemas/" + name} }

var paramNotes = map[string]string{
	paramProvince: "A province by its two letters.", paramRegion: "A region, under any of its names.", paramCheck: "The id of a check.",
	paramVerdict: "The verdict of the last visit.", paramReach: "How the last visit ended.", paramLimit: "At most so many.",
	paramSince: "A date, a time of RFC 3339, or an age such as 7d or 36h.", paramFormat: "The form of the answer.",
}

func (s *Server) paramSchema(param string) object {
	switch param {
	case paramProvince:
		return object{"type": "string", "pattern": "^[A-Za-z]{2}$"}
	case paramCheck:
		var ids []string
		for _, m := range s.about.metas {
			ids = append(ids, m.ID)
		}
		return object{"type": "string", "enum": ids}
	case paramVerdict:
		return object{"type": "string", "enum": verdicts}
	case paramReach:
		return object{"type": "string", "enum": reaches}
	case paramLimit:
		return object{"type": "integer", "minimum": 1, "maximum": maxLimit, "default": usualLimit}
	case paramFormat:
		return object{"type": "string", "enum": []report.ExportFormat{report.JSON, report.JSONL, report.CSV}, "default": report.JSON}
	}
	return object{"type": "string", "maxLength": maxValue}
}

// describer makes the schema of a type as encoding/json writes it.
type describer struct{ schemas object }

// enums are the types with a closed list of values. A reason is not among them:
// the list is long and grows.
var enums = map[reflect.Type]any{
	reflect.TypeFor[finding.Verdict](): verdicts, reflect.TypeFor[page.Reach](): reaches,
	reflect.TypeFor[record.RunKind](): []record.RunKind{record.Night, record.Request},
	reflect.TypeFor[finding.Nature](): []finding.Nature{finding.Obligation, finding.Grant, finding.GoodPractice, finding.Information},
}

func (d *describer) schemaOf(t reflect.Type) object {
	if values, ok := enums[t]; ok {
		return object{"type": "string", "enum": values}
	}
	switch {
	case t == reflect.TypeFor[time.Time]():
		return object{"type": "string", "format": "date-time"}
	case t == reflect.TypeFor[time.Duration]():
		return object{"type": "integer", "description": "Nanoseconds."}
	case t == reflect.TypeFor[exported]():
		return d.named("ExportRow", exportRow)
	case t.Implements(reflect.TypeFor[encoding.TextMarshaler]()):
		return object{"type": "string"}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return d.schemaOf(t.Elem())
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.String:
		return object{"type": "string"}
	case reflect.Float32, reflect.Float64:
		return object{"type": "number"}
	case reflect.Slice, reflect.Array:
		return object{"type": []string{"array", "null"}, "items": d.schemaOf(t.Elem())}
	case reflect.Map:
		return object{"type": "object", "additionalProperties": d.schemaOf(t.Elem())}
	case reflect.Struct:
		return d.named(nameOf(t), func() object { return d.structure(t) })
	}
	return object{"type": "integer"}
}

// nameOf is the name of a type, that of a type of this package upper case.
func nameOf(t reflect.Type) string { return strings.ToUpper(t.Name()[:1]) + t.Name()[1:] }

// named keeps a schema among the components, and refers to it.
func (d *describer) named(name string, of func() object) object {
	if d.schemas[name] == nil {
		d.schemas[name] = object{} // a type may hold itself
		d.schemas[name] = of()
	}
	return ref(name)
}

func (d *describer) structure(t reflect.Type) object {
	properties, required := object{}, []string{}
	for _, f := range reflect.VisibleFields(t) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || name == "-" || !f.IsExported() {
			continue
		}
		properties[name] = d.schemaOf(f.Type)
		if !strings.Contains(options, "omit") {
			required = append(required, name)
		}
	}
	return object{"type": "object", "properties": properties, "required": required, "additionalProperties": false}
}

// exportRow is the row of the export: every column, null where it has no value.
func exportRow() object {
	properties := object{}
	for _, column := range report.Columns() {
		kind := "string"
		if column == "popolazione" || column == "rule_version" {
			kind = "integer"
		}
		properties[column] = object{"type": []string{kind, "null"}}
	}
	return object{"type": "object", "properties": properties, "required": report.Columns(), "additionalProperties": false}
}
