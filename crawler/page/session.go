package page

// This file knows which parts of an address are a session or a campaign and not
// the document.

import "strings"

// withoutSessions drops ;jsessionid=… and its like, and the cookieless session
// segments of ASP.NET, /(S(…))/, from an escaped path.
func withoutSessions(path string) string {
	if !strings.ContainsAny(path, ";(") {
		return path
	}
	segments := strings.Split(path, "/")
	kept := segments[:0]
	for _, segment := range segments {
		if cookieless(segment) {
			continue
		}
		if strings.IndexByte(segment, ';') >= 0 {
			params := strings.Split(segment, ";")
			keep := params[:1]
			for _, param := range params[1:] {
				name, _, _ := strings.Cut(param, "=")
				if !sessionName(strings.ToLower(name)) {
					keep = append(keep, param)
				}
			}
			segment = strings.Join(keep, ";")
		}
		kept = append(kept, segment)
	}
	return strings.Join(kept, "/")
}

// cookieless recognises "(S(lit3py55t21z5v55vlm25s55))" and "(X(1)S(…))", where
// ASP.NET keeps the session of a browser without cookies.
func cookieless(segment string) bool {
	return len(segment) > 24 && strings.HasPrefix(segment, "(") && strings.HasSuffix(segment, "))") &&
		(strings.Contains(segment, "S(") || strings.Contains(segment, "F("))
}

// withoutTracking drops session ids, tokens against forgery and the parameters
// of campaigns from a query; the others keep their order.
func withoutTracking(query string) string {
	if query == "" {
		return ""
	}
	params := strings.Split(query, "&")
	kept := params[:0]
	for _, param := range params {
		name, value, _ := strings.Cut(param, "=")
		if param == "" || dropParameter(strings.ToLower(name), value) {
			continue
		}
		kept = append(kept, param)
	}
	return strings.Join(kept, "&")
}

func dropParameter(name, value string) bool {
	if sessionName(name) {
		return true
	}
	for _, prefix := range []string{"utm_", "mtm_", "pk_", "hsa_", "__cf_chl", "__hs", "aspsessionid"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	switch name {
	case "fbclid", "gclid", "gclsrc", "dclid", "wbraid", "gbraid", "msclkid", "twclid", "ttclid", "yclid", "igshid", "igsh",
		"mc_cid", "mc_eid", "_ga", "_gl", "_hsenc", "_hsmi", "mkt_tok", "vero_id", "oly_enc_id", "oly_anon_id",
		"p_auth", "__requestverificationtoken", "_csrf", "csrf_token", "csrfmiddlewaretoken", "authenticity_token":
		return true
	case "sid", "session", "sessione": // also the number of a section, which is short
		return token(value)
	}
	return false
}

func sessionName(lower string) bool {
	switch lower {
	case "jsessionid", "phpsessid", "sessionid", "session_id", "sessid", "phpsession", "cfid", "cftoken", "oscsid", "zenid", "asp.net_sessionid":
		return true
	}
	return false
}

// token tells that a value is long and random enough to be a session.
func token(value string) bool {
	if len(value) < 16 {
		return false
	}
	digits := 0
	for i := 0; i < len(value); i++ {
		c := value[i]
		switch {
		case '0' <= c && c <= '9':
			digits++
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', c == '-', c == '_':
		default:
			return false
		}
	}
	return digits > 2
}
