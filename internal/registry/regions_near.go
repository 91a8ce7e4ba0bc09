package registry

// Which regions are near which: where to look next when one has no answer.

import (
	"cmp"
	"math"
	"slices"
)

// regionCentres are the middles of the regions, in degrees north and east, to a
// tenth or so: good enough to put them in an order.
var regionCentres = map[string][2]float64{
	"Piemonte": {45.1, 7.9}, "Valle d'Aosta": {45.7, 7.4}, "Lombardia": {45.6, 9.8}, "Trentino-Alto Adige": {46.4, 11.3}, "Veneto": {45.6, 11.9},
	"Friuli-Venezia Giulia": {46.1, 13.1}, "Liguria": {44.3, 8.7}, "Emilia-Romagna": {44.5, 11.0}, "Toscana": {43.4, 11.1}, "Umbria": {42.9, 12.5},
	"Marche": {43.4, 13.1}, "Lazio": {42.0, 12.8}, "Abruzzo": {42.2, 13.8}, "Molise": {41.7, 14.6}, "Campania": {40.9, 14.8}, "Puglia": {41.0, 16.5},
	"Basilicata": {40.5, 16.1}, "Calabria": {39.1, 16.3}, "Sicilia": {37.6, 14.0}, "Sardegna": {40.1, 9.0},
}

// RegionsAround are the other regions, the nearest first. The name is the one
// that Regions has; of any other it is Regions itself.
func RegionsAround(region string) []string {
	from, known := regionCentres[region]
	others := slices.DeleteFunc(Regions(), func(r string) bool { return r == region })
	if !known {
		return others
	}
	away := func(r string) float64 {
		to := regionCentres[r]
		// A degree of longitude is three quarters of one of latitude at 42° north.
		return math.Hypot(to[0]-from[0], 0.75*(to[1]-from[1]))
	}
	slices.SortStableFunc(others, func(a, b string) int { return cmp.Compare(away(a), away(b)) })
	return others
}
