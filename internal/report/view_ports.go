package report

// The words of other rooms that a room which only shows needs to name, and may
// not import: what is asked of a store, and what a check says about itself.

import (
	"github.com/vigile-it/vigile/checks"
	"github.com/vigile-it/vigile/store"
)

// Query narrows what is asked of a store.
type Query = store.Query

// Meta is what a check says about itself.
type Meta = checks.Meta
