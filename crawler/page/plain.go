package page

import "time"

// Plain says what plain http does with those who come by it to a site that was
// entered over https. The zero value: nobody asked; Does is empty as well where no
// answer came in the time that was waited.
type Plain struct {
	Asked    time.Time   `json:"asked,omitzero"`    // when the visit that asked began
	Does     PlainAnswer `json:"does,omitzero"`     // what came of it
	Requests []Fetch     `json:"requests,omitzero"` // in order; they are not among the visit's fetches. Final: where the answer sends on
}

// PlainAnswer is what plain http does.
type PlainAnswer string

// What plain http can do.
const (
	PlainLeads     PlainAnswer = "leads"     // it sends on to https of the same site
	PlainServes    PlainAnswer = "serves"    // it shows a page, and leads nowhere
	PlainNothing   PlainAnswer = "nothing"   // the port is closed, so nothing is served without encryption
	PlainUndecided PlainAnswer = "undecided" // an answer from which neither can be told
)
