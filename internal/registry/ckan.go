package registry

// The part of CKAN's action API that IPA's open data is asked through.
// Source: https://docs.ckan.org/en/latest/maintaining/datastore.html

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Slugs and resource ids of IPA's data sets. The ids are what package_show
// gave in November 2026; they are asked for again and these are the fallback.
const (
	slugEnti    = "enti"
	slugOffices = "unita-organizzative"
	slugRTD     = "responsabili-della-transizione-al-digitale"
)

var knownResources = map[string]string{
	slugEnti:    "d09adf99-dc10-4349-8c53-27b1e5aa97b6",
	slugOffices: "b0aa1f6c-f135-4c8a-b416-396fed4e1a5d",
	slugRTD:     "41553dea-0701-429e-b906-8b71e441a281",
}

// maxAnswer bounds one JSON answer, in bytes: a thousand bodies are 1 MB.
const maxAnswer = 16 << 20

// APIError is an answer of CKAN's that is no answer: success false, a status
// that says so, or a body that is not CKAN's JSON.
type APIError struct {
	Action  string
	Status  int    // HTTP status
	Type    string // CKAN's __type, where it gives one
	Message string // CKAN's or our own, at most 300 bytes
}

func (e *APIError) Error() string {
	kind := e.Type
	if kind == "" {
		kind = http.StatusText(e.Status)
	}
	return fmt.Sprintf("CKAN %s: status %d %s: %s", e.Action, e.Status, kind, e.Message)
}

// passing tells whether asking again soon may help.
func (e *APIError) passing() bool { return e.Status == http.StatusTooManyRequests || e.Status >= 500 }

type ckan struct {
	base   string // ends without a slash
	client *http.Client
	pause  time.Duration // before the one retry
}

// cells is one record of the data store. CKAN gives text, numbers and null as
// it pleases; all become text.
type cells map[string]string

func (c *cells) UnmarshalJSON(b []byte) error {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(b, &raw); err != nil {
		return err
	}
	*c = make(cells, len(raw))
	for k, v := range raw {
		(*c)[foldKey(k)] = jsonText(v)
	}
	return nil
}

func jsonText(v json.RawMessage) string {
	switch {
	case len(v) == 0, string(v) == "null":
		return ""
	case v[0] == '"':
		var s string
		if json.Unmarshal(v, &s) != nil {
			return ""
		}
		return visible(cutAt(s, maxCellBytes))
	case v[0] == '{', v[0] == '[':
		return ""
	}
	return string(v)
}

// answer is CKAN's envelope.
type answer[T any] struct {
	Success bool            `json:"success"`
	Result  T               `json:"result"`
	Error   json.RawMessage `json:"error"`
}

type packageResult struct {
	Resources []struct {
		ID     string `json:"id"`
		Active bool   `json:"datastore_active"`
		Format string `json:"format"`
		URL    string `json:"url"`
	} `json:"resources"`
}

type searchResult struct {
	Total   int     `json:"total"`
	Records []cells `json:"records"`
}

// resource resolves a data set's resource: the first that the data store
// holds. Where CKAN answers but cannot say, it is the known id; an error means
// that CKAN did not answer.
func (c ckan) resource(ctx context.Context, slug string) (string, error) {
	id, _, err := c.resources(ctx, slug)
	return id, err
}

// resources also gives the files of the data set that could be read instead:
// the first delimited one, then the first workbook. A file that CKAN does not
// offer from its own host is left out.
func (c ckan) resources(ctx context.Context, slug string) (id string, files []string, err error) {
	got, err := call[packageResult](ctx, c, "package_show", url.Values{"id": {slug}})
	var api *APIError
	if err != nil && !errors.As(err, &api) {
		return "", nil, err
	}
	id = knownResources[slug]
	for _, r := range got.Resources {
		if r.Active && validResource(r.ID) {
			id = r.ID
			break
		}
	}
	for _, format := range []string{"CSV", "XLSX"} {
		for _, r := range got.Resources {
			if strings.EqualFold(strings.TrimPrefix(r.Format, "."), format) && c.owns(r.URL) {
				files = append(files, r.URL)
				break
			}
		}
	}
	return id, files, nil
}

// owns tells whether an address is a page of CKAN's own host.
func (c ckan) owns(address string) bool {
	here, err := url.Parse(c.base)
	if err != nil {
		return false
	}
	there, err := url.Parse(address)
	return err == nil && (there.Scheme == "https" || there.Scheme == here.Scheme) && there.Host != "" &&
		strings.EqualFold(there.Host, here.Host) && there.User == nil
}

// validResource keeps what CKAN says from being put anywhere but into a query.
func validResource(id string) bool {
	return id != "" && len(id) <= 64 && strings.Trim(id, "abcdefABCDEF0123456789-") == ""
}

// question is one question to the data store: full text, exact filters, the
// columns wanted (none: all), rows.
type question struct {
	q             string
	filters       map[string]any // a list means any of its values
	fields        []string
	limit, offset int
}

func (c ckan) search(ctx context.Context, resource string, ask question) (searchResult, error) {
	v := url.Values{"resource_id": {resource}, "limit": {strconv.Itoa(ask.limit)}}
	if ask.q != "" {
		v.Set("q", ask.q)
	}
	if ask.offset > 0 {
		v.Set("offset", strconv.Itoa(ask.offset))
	}
	if len(ask.fields) > 0 {
		v.Set("fields", strings.Join(ask.fields, ","))
	}
	if len(ask.filters) > 0 {
		b, err := json.Marshal(ask.filters)
		if err != nil {
			return searchResult{}, fmt.Errorf("filters: %w", err)
		}
		v.Set("filters", string(b))
	}
	return call[searchResult](ctx, c, "datastore_search", v)
}

// call asks one action, once more where the answer says that it may help.
func call[T any](ctx context.Context, c ckan, action string, v url.Values) (T, error) {
	address := c.base + "/api/3/action/" + action + "?" + v.Encode()
	got, err := backoff.Retry(ctx, func() (T, error) {
		got, wait, err := once[T](ctx, c, action, address)
		var api *APIError
		switch {
		case err == nil:
			return got, nil
		case !errors.As(err, &api) || !api.passing():
			return got, backoff.Permanent(err)
		case wait > 0:
			return got, errors.Join(err, backoff.RetryAfter(wait))
		}
		return got, err
	}, backoff.WithBackOff(backoff.NewConstantBackOff(c.pause)), backoff.WithMaxTries(2))
	var api *APIError
	if errors.As(err, &api) {
		return got, api
	}
	return got, err
}

// once asks one time; wait is the server's Retry-After in seconds, at most 2.
func once[T any](ctx context.Context, c ckan, action, address string) (got T, wait int, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return got, 0, fmt.Errorf("CKAN %s: %w", action, err)
	}
	req.Header.Set("Accept", "application/json")
	resp, err := c.client.Do(req)
	if err != nil {
		return got, 0, fmt.Errorf("CKAN %s: %w", action, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return got, 0, fmt.Errorf("CKAN %s: reading the answer: %w", action, err)
	}
	if n, convErr := strconv.Atoi(resp.Header.Get("Retry-After")); convErr == nil && n > 0 {
		wait = min(n, 2)
	}
	failure := &APIError{Action: action, Status: resp.StatusCode}
	if len(body) > maxAnswer {
		failure.Message = fmt.Sprintf("the answer is longer than %d bytes", maxAnswer)
		return got, wait, failure
	}
	var a answer[T]
	if err := json.NewDecoder(bytes.NewReader(body)).Decode(&a); err != nil {
		failure.Message = "the answer is not CKAN's JSON: " + cutAt(err.Error(), 200)
		return got, wait, failure
	}
	if resp.StatusCode != http.StatusOK || !a.Success {
		failure.Type, failure.Message = ckanError(a.Error)
		return got, wait, failure
	}
	return a.Result, 0, nil
}

// ckanError reads CKAN's error object: text, or an object with __type and message.
func ckanError(raw json.RawMessage) (kind, message string) {
	var o struct {
		Type    string `json:"__type"`
		Message string `json:"message"`
	}
	if json.Unmarshal(raw, &o) == nil && (o.Type != "" || o.Message != "") {
		return cutAt(visible(o.Type), 60), cutAt(visible(o.Message), 300)
	}
	return "", cutAt(visible(string(raw)), 300)
}
