package web

// What a snapshot knows of unions of comuni and of their RTDs.

import (
	"slices"
	"strings"

	"github.com/vigile-it/vigile/crawler/page"
	"github.com/vigile-it/vigile/internal/registry"
)

// servicesCheck is the check whose value lists the services on the net.
const servicesCheck = "online-services"

// maxOnce bounds the strings of one snapshot that are kept once for all comuni.
const maxOnce = 50_000

// once is a copy of a string that all comuni with the same one share.
func (b *builder) once(s string) string {
	if kept, ok := b.strings[s]; ok {
		return kept
	}
	kept := strings.Clone(s)
	if len(b.strings) < maxOnce {
		b.strings[kept] = kept
	}
	return kept
}

// unionsOf are the unions that a comune belongs to, as the registry, its site or
// the row of its RTD says, and who IPA lists as its RTD.
func (b *builder) unionsOf(o registry.Office) (unions []union, heads []string) {
	add := func(code, name string, head bool) {
		code = slug(registry.FoldIPA(page.Clean(code, maxLabel)))
		if code == "" {
			return
		}
		i := slices.IndexFunc(unions, func(u union) bool { return u.ipa == code })
		switch {
		case i >= 0:
			unions[i].head = unions[i].head || head
			if unions[i].name == "" {
				unions[i].name = b.once(page.Clean(name, maxLabel))
			}
		case len(unions) < maxUnions:
			unions = append(unions, union{b.once(code), b.once(page.Clean(name, maxLabel)), head})
		}
	}
	hold := func(name string) {
		name = b.once(page.Clean(name, maxLabel))
		if name != "" && len(heads) < maxUnions && !slices.Contains(heads, name) {
			heads = append(heads, name)
		}
	}
	for _, u := range o.Named {
		add(u.IPA, u.Name, len(u.Holders) > 0)
		for _, h := range u.Holders {
			hold(h.Name)
		}
	}
	for _, code := range o.Unions {
		add(code, o.UnionNames[registry.FoldIPA(code)], false)
	}
	for _, h := range o.Holders {
		if h.Union {
			add(h.IPA, "", true)
		}
		hold(h.Name)
	}
	return unions, heads
}
