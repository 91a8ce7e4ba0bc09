package assess

// What AgID says of the publications a site links.

import (
	"context"

	"github.com/vigile-it/vigile/checks/finding"
	"github.com/vigile-it/vigile/internal/agid"
)

// A Declarer asks AgID's declaration service about one publication. Its silence
// is an answer; the error is the context's alone.
type Declarer interface {
	Declaration(ctx context.Context, link agid.Link) (agid.Answer, error)
}

// maxAsked bounds what one comune may cost the declaration service: a comune has
// a handful of declarations at the most, a template can link hundreds.
const maxAsked = 4

// ask looks up the publications that the facts point to, in the order in which
// they were seen: the home page first. The key is the canonical URL of the link.
func (a *Assessor) ask(ctx context.Context, facts []finding.Fact) map[string]agid.Answer {
	if a.declarer == nil {
		return nil
	}
	var answers map[string]agid.Answer
	for _, f := range facts {
		link, ok := agid.ParseLink(f.Target)
		if !ok || !link.Publication() {
			continue
		}
		if _, asked := answers[link.URL]; asked {
			continue
		}
		if len(answers) == maxAsked {
			break
		}
		answer, err := a.declarer.Declaration(ctx, link)
		if err != nil {
			break
		}
		if answers == nil {
			answers = map[string]agid.Answer{}
		}
		answers[link.URL] = answer
	}
	return answers
}
