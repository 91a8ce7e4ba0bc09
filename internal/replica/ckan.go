package replica

// This file answers as IPA's CKAN does, and serves ISTAT's list beside it.

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/encoding/charmap"
)

const (
	ckanPath  = "/ipa-dati/api/3/action/"
	istatPath = "/storage/codici-unita-amministrative/Elenco-comuni-italiani.csv"
)

// registryHandler serves IPA and ISTAT.
func (it *Italy) registryHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+ckanPath+"package_show", it.packageShow)
	mux.HandleFunc("GET "+ckanPath+"datastore_search", it.datastoreSearch)
	mux.HandleFunc("GET /ipa-dati/datastore/dump/{resource}", it.datastoreDump)
	mux.HandleFunc("GET /ipa-dati/dataset/{set}/resource/{resource}/download/{file}", it.download)
	mux.HandleFunc("GET "+istatPath, it.istatList)
	return mux
}

// envelope is what every action answers in.
func envelope(w http.ResponseWriter, status int, action string, result any, failure map[string]any) {
	out := map[string]any{"help": "https://indicepa.gov.it" + ckanPath + "help_show?name=" + action, "success": failure == nil}
	if failure != nil {
		out["error"] = failure
	} else {
		out["result"] = result
	}
	w.Header().Set("Content-Type", "application/json;charset=utf-8")
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(out) //nolint:errcheck // the client may have left
}

func (it *Italy) packageShow(w http.ResponseWriter, q *http.Request) {
	id := q.URL.Query().Get("id")
	for _, d := range datasets() {
		if d.slug != id && d.id != id {
			continue
		}
		base := "http://" + q.Host + "/ipa-dati"
		resources := []map[string]any{
			{"id": "00000000-0000-4000-8000-000000000001", "name": "Descrizione dei campi", "format": "PDF", "datastore_active": false, "url": base + "/dataset/" + d.id + "/campi.pdf"},
			{"id": d.resource, "name": d.title, "format": "XLSX", "datastore_active": true, "url": base + "/dataset/" + d.id + "/resource/" + d.resource + "/download/" + d.slug + ".xlsx", "last_modified": it.day.Format("2006-01-02T15:04:05.000000")},
		}
		envelope(w, 200, "package_show", map[string]any{
			"id": d.id, "name": d.slug, "title": d.title, "license_id": "CC-BY-4.0", "state": "active", "num_resources": len(resources), "resources": resources,
			"metadata_modified": it.day.Format("2006-01-02T15:04:05.000000"), "organization": map[string]any{"name": "agid", "title": "Agenzia per l'Italia Digitale"},
		}, nil)
		return
	}
	envelope(w, 404, "package_show", nil, map[string]any{"__type": "Not Found Error", "message": "Not found"})
}

// datastoreSearch answers a search: q is full text (every word must be a word
// of the row, in any case, accents as written), filters are exact.
func (it *Italy) datastoreSearch(w http.ResponseWriter, q *http.Request) {
	const action = "datastore_search"
	form := q.URL.Query()
	d, ok := byResource(form.Get("resource_id"))
	if !ok {
		envelope(w, 404, action, nil, map[string]any{"__type": "Not Found Error", "message": "Not found: Resource was not found."})
		return
	}
	filters := map[string]any{}
	if f := form.Get("filters"); f != "" {
		if err := json.Unmarshal([]byte(f), &filters); err != nil {
			envelope(w, 409, action, nil, map[string]any{"__type": "Validation Error", "filters": []string{"Cannot parse JSON"}})
			return
		}
	}
	for field := range filters {
		if field != "_id" && !slices.Contains(d.columns, field) {
			envelope(w, 409, action, nil, map[string]any{"__type": "Validation Error", "filters": []string{fmt.Sprintf("field \"%s\" not in table", field)}})
			return
		}
	}
	limit, offset := integer(form.Get("limit"), 100), integer(form.Get("offset"), 0)
	words := strings.FieldsFunc(strings.ToLower(form.Get("q")), apart)
	total, records := 0, []map[string]any{}
	for i, row := range d.rows(it) {
		if !matchesFilters(d, i+1, row, filters) || !matchesWords(row, words) {
			continue
		}
		if total >= offset && len(records) < min(limit, 32_000) {
			rec := map[string]any{"_id": i + 1}
			for j, c := range d.columns {
				rec[c] = row[j]
			}
			records = append(records, rec)
		}
		total++
	}
	fields := []map[string]string{{"id": "_id", "type": "int"}}
	for _, c := range d.columns {
		fields = append(fields, map[string]string{"id": c, "type": "text"})
	}
	envelope(w, 200, action, map[string]any{
		"resource_id": d.resource, "fields": fields, "records": records, "limit": limit, "offset": offset, "total": total, "total_was_estimated": false,
		"include_total": true, "records_format": "objects", "q": form.Get("q"), "filters": filters,
		"_links": map[string]string{"start": ckanPath + action + "?resource_id=" + d.resource, "next": ckanPath + action + "?offset=" + strconv.Itoa(offset+limit) + "&resource_id=" + d.resource},
	}, nil)
}

func apart(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

func integer(s string, otherwise int) int {
	if n, err := strconv.Atoi(s); err == nil && n >= 0 {
		return n
	}
	return otherwise
}

func byResource(id string) (dataset, bool) {
	for _, d := range datasets() {
		if d.resource == id {
			return d, true
		}
	}
	return dataset{}, false
}

// matchesFilters is case-exact; a list of values means any of them.
func matchesFilters(d dataset, id int, row []string, filters map[string]any) bool {
	for field, want := range filters {
		have := strconv.Itoa(id)
		if i := slices.Index(d.columns, field); i >= 0 {
			have = row[i]
		}
		list, ok := want.([]any)
		if !ok {
			list = []any{want}
		}
		if !slices.ContainsFunc(list, func(x any) bool { return fmt.Sprint(x) == have }) {
			return false
		}
	}
	return true
}

func matchesWords(row, words []string) bool {
	if len(words) == 0 {
		return true
	}
	have := map[string]bool{}
	for _, v := range row {
		for _, w := range strings.FieldsFunc(strings.ToLower(v), apart) {
			have[w] = true
		}
	}
	for _, w := range words {
		if !have[w] {
			return false
		}
	}
	return true
}

func (it *Italy) datastoreDump(w http.ResponseWriter, q *http.Request) {
	d, ok := byResource(q.PathValue("resource"))
	if !ok {
		http.NotFound(w, q)
		return
	}
	comma, kindOf, ext := ',', "text/csv; charset=utf-8", "csv"
	if q.URL.Query().Get("format") == "tsv" {
		comma, kindOf, ext = '\t', "text/tab-separated-values; charset=utf-8", "tsv"
	}
	bom := strings.EqualFold(q.URL.Query().Get("bom"), "true")
	w.Header().Set("Content-Type", kindOf)
	w.Header().Set("Content-Disposition", `attachment; filename="`+d.resource+"."+ext+`"`)
	unlessKnown(w, q, dump(d, it, comma, bom))
}

// download is the data set as a workbook.
func (it *Italy) download(w http.ResponseWriter, q *http.Request) {
	d, ok := byResource(q.PathValue("resource"))
	if !ok {
		http.NotFound(w, q)
		return
	}
	b, err := workbook(d, it)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
	unlessKnown(w, q, b)
}

// unlessKnown sends the body, or 304 to whoever has it already.
func unlessKnown(w http.ResponseWriter, q *http.Request, body []byte) {
	sum := sha256.Sum256(body)
	tag := `"` + hex.EncodeToString(sum[:8]) + `"`
	w.Header().Set("ETag", tag)
	if q.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Write(body) //nolint:errcheck // the client may have left
}

// istatList is ISTAT's list: semicolons, Latin-1, line breaks in the header.
func (it *Italy) istatList(w http.ResponseWriter, q *http.Request) {
	var b strings.Builder
	b.WriteString("Codice Regione;\"Codice dell'Unità territoriale sovracomunale \n(valida a fini statistici)\";Codice Provincia (Storico)(1);Progressivo del Comune (2);" +
		"Codice Comune formato alfanumerico;Denominazione (Italiana e straniera);Denominazione in italiano;Denominazione altra lingua;Codice Ripartizione Geografica;" +
		"Ripartizione geografica;Denominazione Regione;\"Denominazione dell'Unità territoriale sovracomunale \n(valida a fini statistici)\";Tipologia di Unità territoriale sovracomunale ;" +
		"Flag Comune capoluogo di provincia/città metropolitana/libero consorzio;Sigla automobilistica;Codice Comune formato numerico;Codice Catastale del comune\r\n")
	for _, c := range it.all() {
		italian, other, _ := strings.Cut(c.name, "-")
		flag := "0"
		if c.number == 1 {
			flag = "1"
		}
		fmt.Fprintf(&b, "99;%s;%s;%03d;%s;%s;%s;%s;9;Replica;%s;%s;1;%s;%s;%s;%s\r\n", c.province.Prefix, c.province.Prefix, c.number, c.istat, c.name, italian, other,
			c.province.Region, c.province.Name, flag, c.province.Code, c.istat, c.catasto)
	}
	out, err := charmap.ISO8859_1.NewEncoder().String(b.String())
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/csv")
	unlessKnown(w, q, []byte(out))
}
