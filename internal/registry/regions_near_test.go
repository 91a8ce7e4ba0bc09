package registry

import (
	"slices"
	"testing"
)

func TestTheNearestRegionsComeFirst(t *testing.T) {
	for region, first := range map[string][]string{
		"Umbria": {"Marche", "Lazio"}, "Valle d'Aosta": {"Piemonte", "Liguria"}, "Sicilia": {"Calabria", "Basilicata"}, "Molise": {"Abruzzo", "Campania"},
	} {
		got := RegionsAround(region)
		if len(got) != 19 || slices.Contains(got, region) || !slices.Equal(slices.Sorted(slices.Values(got[:2])), slices.Sorted(slices.Values(first))) {
			t.Errorf("around %s: %v", region, got)
		}
	}
	if got := RegionsAround("Replica"); !slices.Equal(got, Regions()) {
		t.Errorf("around nowhere: %v", got)
	}
	for _, r := range Regions() {
		if _, ok := regionCentres[r]; !ok {
			t.Errorf("%s is nowhere", r)
		}
	}
}
