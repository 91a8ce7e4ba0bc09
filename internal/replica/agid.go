package replica

// This file is AgID's form service: the page that JavaScript fills, and the two
// JSON endpoints behind it.

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

const agidAPI = "/api/v1/"

// AgIDMood is how AgID's service is today.
type AgIDMood int32

// The moods of AgID's service.
const (
	AgIDWell    AgIDMood = iota // answers
	AgIDLimited                 // 429 with Retry-After to every request
	AgIDBroken                  // 500 to every request
	AgIDSilent                  // answers nothing until the client leaves
)

// SetAgID changes the mood of AgID's service from the next request on.
func (r *Running) SetAgID(m AgIDMood) { r.mood.Store(int32(m)) }

// agidServe serves the endpoints on their own address.
func (r *Running) agidServe(w http.ResponseWriter, q *http.Request) {
	v := r.ledger.begin(agidHost, r.italy.hosts[agidHost].addr, time.Now())
	defer v.end()
	send(w, q, r.agidAnswer(q), v, r)
}

// agidAnswer answers one request, as the service's mood is.
func (r *Running) agidAnswer(q *http.Request) response {
	switch AgIDMood(r.mood.Load()) {
	case AgIDLimited:
		a := asJSON(429, map[string]any{"code": 429, "message": "troppe richieste"})
		a.header["Retry-After"] = "1"
		return a
	case AgIDBroken:
		return asJSON(500, map[string]any{"code": 500, "message": "errore interno"})
	case AgIDSilent:
		r.wait(q, time.Hour)
	}
	path := q.URL.EscapedPath()
	if id, ok := strings.CutPrefix(path, agidAPI+"agid-form/dichiarazione-accessibilita/dichiarazione-by-old-id/"); ok {
		return r.italy.agidJSON(id, func(p *publication) any {
			return map[string]any{"id": p.UUID, "idPubblicazione": p.ID, "stato": "PUBBLICATA"}
		})
	}
	if id, ok := strings.CutPrefix(path, agidAPI+"submission/view/"); ok {
		return r.italy.agidJSON(id, submission)
	}
	return page(200, agidShell)
}

// agidJSON answers with what a publication holds, or with its trouble.
func (it *Italy) agidJSON(id string, show func(*publication) any) response {
	it.mu.RLock()
	p, ok := it.archives[plainID(id)]
	it.mu.RUnlock()
	switch {
	case ok && p.Trouble != 0 && p.Trouble != 404:
		return asJSON(p.Trouble, map[string]any{"code": p.Trouble, "message": "errore interno"})
	case !ok || p.ID == "" || p.Trouble == 404:
		return asJSON(404, map[string]any{"code": 404, "message": "pubblicazione non trovata"})
	}
	return asJSON(200, show(p))
}

func asJSON(status int, v any) response {
	b, err := json.Marshal(v)
	if err != nil {
		status, b = 500, []byte(fmt.Sprintf("{%q:%q}", "message", err))
	}
	return response{status: status, header: map[string]string{"Content-Type": "application/json; charset=utf-8"}, body: b}
}

// submission is what the view endpoint says of a publication.
func submission(p *publication) any {
	out := map[string]any{
		"idPubblicazione": p.ID, "dataInserimento": p.Created.Format("2006-01-02T15:04:05.000Z"), "dataUltimaModifica": p.Updated.Format("2006-01-02T15:04:05.000Z"),
		"ente": map[string]any{"codiceIpa": p.IPA, "denominazione": p.Body}, "form": []map[string]any{{"titolo": p.Title}},
	}
	if !p.Objectives {
		data := map[string]any{
			"device-type": "website", "website-name": "Sito istituzionale", "website-url": p.Website, "specs-version": "wcag-21", "compliance-status": p.Status,
			"methodology-details": "methodology-auto", "methodology-model": "si", "website-cms": "other", "manager-present": "si",
		}
		if p.Contact != "" {
			data["manager-email"] = p.Contact
		}
		out["datiPubblicati"] = data
	}
	return out
}

const agidShell = `<!doctype html><html lang="it"><head><meta charset="utf-8"><title>AGID Form | Dettaglio pubblicazione</title><base href="/"></head>
<body><app-root></app-root><script src="/runtime.js" type="module"></script><script src="/main.js" type="module"></script></body></html>`
