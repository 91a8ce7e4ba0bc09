package replica

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// This file is AgID's form service: the page that JavaScript fills, and the two
// JSON endpoints behind it.

const agidAPI = "/api/v1/"

// agidHandler serves the endpoints on their own address.
func (it *Italy) agidHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		a := it.agidAnswer(q)
		for k, v := range a.header {
			w.Header().Set(k, v)
		}
		w.WriteHeader(a.status)
		w.Write(a.body) //nolint:errcheck // the client may have left
	})
}

// agidAnswer answers one request.
func (it *Italy) agidAnswer(q *http.Request) response {
	path := q.URL.EscapedPath()
	if id, ok := strings.CutPrefix(path, agidAPI+"agid-form/dichiarazione-accessibilita/dichiarazione-by-old-id/"); ok {
		return it.agidJSON(strings.ToLower(id), func(p *publication) any {
			return map[string]any{"id": p.UUID, "idPubblicazione": p.ID, "stato": "PUBBLICATA"}
		})
	}
	if id, ok := strings.CutPrefix(path, agidAPI+"submission/view/"); ok {
		return it.agidJSON(id, submission)
	}
	return page(200, agidShell)
}

// agidJSON answers with what a publication holds, or as its host's trouble
// demands.
func (it *Italy) agidJSON(id string, show func(*publication) any) response {
	it.mu.RLock()
	p, ok := it.archives[id]
	it.mu.RUnlock()
	if !ok || p.ID == "" {
		return asJSON(404, map[string]any{"code": 404, "message": "pubblicazione non trovata"})
	}
	return asJSON(200, show(p))
}

func asJSON(status int, v any) response {
	b, err := json.Marshal(v)
	if err != nil {
		status, b = 500, []byte(fmt.Sprintf("{%q:%q}", "message", err))
	}
	return response{status, map[string]string{"Content-Type": "application/json; charset=utf-8"}, b, false}
}

// submission is what the view endpoint says of a publication.
func submission(p *publication) any {
	out := map[string]any{
		"idPubblicazione": p.ID, "dataInserimento": p.Created.Format("2006-01-02T15:04:05.000Z"), "dataUltimaModifica": p.Updated.Format("2006-01-02T15:04:05.000Z"),
		"ente": map[string]any{"codiceIpa": p.IPA, "denominazione": p.Body}, "form": []map[string]any{{"titolo": p.Title}},
	}
	if !p.Objectives {
		out["datiPubblicati"] = map[string]any{
			"device-type": "website", "website-name": "Sito istituzionale", "website-url": p.Website, "specs-version": "wcag-21", "compliance-status": p.Status,
			"methodology-details": "methodology-auto", "methodology-model": "si", "website-cms": "other", "manager-present": "si",
		}
	}
	return out
}

const agidShell = `<!doctype html><html lang="it"><head><meta charset="utf-8"><title>AGID Form | Dettaglio pubblicazione</title><base href="/"></head>
<body><app-root></app-root><script src="/runtime.js" type="module"></script><script src="/main.js" type="module"></script></body></html>`
