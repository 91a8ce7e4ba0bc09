package registry

// The provinces and regions of Italy: an embedded table, for they change less
// often than the program.

import (
	"slices"
	"strings"
)

// Province is a province, a metropolitan city, a free consortium of Sicily or a
// former province of Friuli-Venezia Giulia or Sardinia that ISTAT still counts by.
type Province struct {
	Code     string   // two letters, as on number plates
	Name     string   // Italian
	Region   string   // Italian, without the second language
	Prefixes []string // first three digits of the ISTAT codes of its comuni, the current one first
	Capitals []string // ISTAT codes of the chief towns; empty where not known for certain
}

// Provinces returns all provinces by ISTAT order. The slice and what it holds
// are the caller's own.
func Provinces() []Province {
	out := make([]Province, len(provinceTable))
	for i, row := range provinceTable {
		out[i] = row.province()
	}
	return out
}

// ProvinceByCode finds a province by its two letters in any case.
func ProvinceByCode(code string) (Province, bool) {
	for _, row := range provinceTable {
		if strings.EqualFold(row.code, code) {
			return row.province(), true
		}
	}
	return Province{}, false
}

// provinceRowOf finds the province of a comune by its six-digit code, or by the
// three digits of the province itself. The "2xx" and "3xx" codes of the
// metropolitan cities are known too.
func provinceRowOf(istat string) (provinceRow, bool) {
	if len(istat) != 6 && len(istat) != 3 {
		return provinceRow{}, false
	}
	row, ok := provinceByPrefix[istat[:3]]
	return row, ok
}

// provinceByPrefix indexes provinceTable; nothing writes to it.
var provinceByPrefix = func() map[string]provinceRow {
	index := map[string]provinceRow{}
	for _, row := range provinceTable {
		for prefix := range strings.FieldsSeq(row.prefixes) {
			index[prefix] = row
		}
	}
	return index
}()

// FindProvince finds a province by its letters or its name, folded.
func FindProvince(query string) (Province, bool) {
	if p, ok := ProvinceByCode(strings.TrimSpace(query)); ok {
		return p, true
	}
	key := foldKey(query)
	for _, row := range provinceTable {
		if key != "" && (foldKey(row.name) == key || smallKey(row.name) == smallKey(query)) {
			return row.province(), true
		}
	}
	return Province{}, false
}

// Regions returns the names of the twenty regions, sorted.
func Regions() []string {
	var out []string
	for _, row := range provinceTable {
		if !slices.Contains(out, row.region) {
			out = append(out, row.region)
		}
	}
	slices.Sort(out)
	return out
}

// FindRegion finds a region's name by what a person types: folded, either
// language of the bilingual ones, the hyphenated ones without their hyphen.
func FindRegion(query string) (string, bool) {
	first, second, _ := strings.Cut(query, "/")
	for _, region := range Regions() {
		for _, half := range []string{first, second} {
			key := foldKey(half)
			if key != "" && (key == foldKey(region) || key == foldKey(otherNames[region])) {
				return region, true
			}
		}
	}
	return "", false
}

var otherNames = map[string]string{
	"Valle d'Aosta":         "Vallée d'Aoste",
	"Trentino-Alto Adige":   "Südtirol",
	"Friuli-Venezia Giulia": "Friuli",
	"Emilia-Romagna":        "Emilia e Romagna",
}

type provinceRow struct{ code, name, region, prefixes, capitals string }

func (r provinceRow) province() Province {
	return Province{
		Code: r.code, Name: r.name, Region: r.region,
		Prefixes: strings.Fields(r.prefixes), Capitals: strings.Fields(r.capitals),
	}
}

// provinceTable: ISTAT's codes of provinces as IPA used them in August 2026,
// plus those of the metropolitan cities (2xx, for Sardinia since 2026 also 3xx)
// and those of Sardinia's reform of 2025, in statistical use since January 2026.
// The four provinces that reform brought back keep their letters of 2005-2016;
// their chief towns are not stated, for IPA still files their comuni under
// Sassari, Nuoro and Sud Sardegna.
var provinceTable = []provinceRow{
	{"TO", "Torino", "Piemonte", "001 201", "001272"},
	{"VC", "Vercelli", "Piemonte", "002", "002158"},
	{"NO", "Novara", "Piemonte", "003", "003106"},
	{"CN", "Cuneo", "Piemonte", "004", "004078"},
	{"AT", "Asti", "Piemonte", "005", "005005"},
	{"AL", "Alessandria", "Piemonte", "006", "006003"},
	{"AO", "Aosta", "Valle d'Aosta", "007", "007003"},
	{"IM", "Imperia", "Liguria", "008", "008031"},
	{"SV", "Savona", "Liguria", "009", "009056"},
	{"GE", "Genova", "Liguria", "010 210", "010025"},
	{"SP", "La Spezia", "Liguria", "011", "011015"},
	{"VA", "Varese", "Lombardia", "012", "012133"},
	{"CO", "Como", "Lombardia", "013", "013075"},
	{"SO", "Sondrio", "Lombardia", "014", "014061"},
	{"MI", "Milano", "Lombardia", "015 215", "015146"},
	{"BG", "Bergamo", "Lombardia", "016", "016024"},
	{"BS", "Brescia", "Lombardia", "017", "017029"},
	{"PV", "Pavia", "Lombardia", "018", "018110"},
	{"CR", "Cremona", "Lombardia", "019", "019036"},
	{"MN", "Mantova", "Lombardia", "020", "020030"},
	{"BZ", "Bolzano", "Trentino-Alto Adige", "021", "021008"},
	{"TN", "Trento", "Trentino-Alto Adige", "022", "022205"},
	{"VR", "Verona", "Veneto", "023", "023091"},
	{"VI", "Vicenza", "Veneto", "024", "024116"},
	{"BL", "Belluno", "Veneto", "025", "025006"},
	{"TV", "Treviso", "Veneto", "026", "026086"},
	{"VE", "Venezia", "Veneto", "027 227", "027042"},
	{"PD", "Padova", "Veneto", "028", "028060"},
	{"RO", "Rovigo", "Veneto", "029", "029041"},
	{"UD", "Udine", "Friuli-Venezia Giulia", "030", "030129"},
	{"GO", "Gorizia", "Friuli-Venezia Giulia", "031", "031007"},
	{"TS", "Trieste", "Friuli-Venezia Giulia", "032", "032006"},
	{"PC", "Piacenza", "Emilia-Romagna", "033", "033032"},
	{"PR", "Parma", "Emilia-Romagna", "034", "034027"},
	{"RE", "Reggio nell'Emilia", "Emilia-Romagna", "035", "035033"},
	{"MO", "Modena", "Emilia-Romagna", "036", "036023"},
	{"BO", "Bologna", "Emilia-Romagna", "037 237", "037006"},
	{"FE", "Ferrara", "Emilia-Romagna", "038", "038008"},
	{"RA", "Ravenna", "Emilia-Romagna", "039", "039014"},
	{"FC", "Forlì-Cesena", "Emilia-Romagna", "040", "040012"},
	{"PU", "Pesaro e Urbino", "Marche", "041", "041044"},
	{"AN", "Ancona", "Marche", "042", "042002"},
	{"MC", "Macerata", "Marche", "043", "043023"},
	{"AP", "Ascoli Piceno", "Marche", "044", "044007"},
	{"MS", "Massa-Carrara", "Toscana", "045", "045010"},
	{"LU", "Lucca", "Toscana", "046", "046017"},
	{"PT", "Pistoia", "Toscana", "047", "047014"},
	{"FI", "Firenze", "Toscana", "048 248", "048017"},
	{"LI", "Livorno", "Toscana", "049", "049009"},
	{"PI", "Pisa", "Toscana", "050", "050026"},
	{"AR", "Arezzo", "Toscana", "051", "051002"},
	{"SI", "Siena", "Toscana", "052", "052032"},
	{"GR", "Grosseto", "Toscana", "053", "053011"},
	{"PG", "Perugia", "Umbria", "054", "054039"},
	{"TR", "Terni", "Umbria", "055", "055032"},
	{"VT", "Viterbo", "Lazio", "056", "056059"},
	{"RI", "Rieti", "Lazio", "057", "057059"},
	{"RM", "Roma", "Lazio", "058 258", "058091"},
	{"LT", "Latina", "Lazio", "059", "059011"},
	{"FR", "Frosinone", "Lazio", "060", "060038"},
	{"CE", "Caserta", "Campania", "061", "061022"},
	{"BN", "Benevento", "Campania", "062", "062008"},
	{"NA", "Napoli", "Campania", "063 263", "063049"},
	{"AV", "Avellino", "Campania", "064", "064008"},
	{"SA", "Salerno", "Campania", "065", "065116"},
	{"AQ", "L'Aquila", "Abruzzo", "066", "066049"},
	{"TE", "Teramo", "Abruzzo", "067", "067041"},
	{"PE", "Pescara", "Abruzzo", "068", "068028"},
	{"CH", "Chieti", "Abruzzo", "069", "069022"},
	{"CB", "Campobasso", "Molise", "070", "070006"},
	{"FG", "Foggia", "Puglia", "071", "071024"},
	{"BA", "Bari", "Puglia", "072 272", "072006"},
	{"TA", "Taranto", "Puglia", "073", "073027"},
	{"BR", "Brindisi", "Puglia", "074", "074001"},
	{"LE", "Lecce", "Puglia", "075", "075035"},
	{"PZ", "Potenza", "Basilicata", "076", "076063"},
	{"MT", "Matera", "Basilicata", "077", "077014"},
	{"CS", "Cosenza", "Calabria", "078", "078045"},
	{"CZ", "Catanzaro", "Calabria", "079", "079023"},
	{"RC", "Reggio Calabria", "Calabria", "080 280", "080063"},
	{"TP", "Trapani", "Sicilia", "081", "081021"},
	{"PA", "Palermo", "Sicilia", "082 282", "082053"},
	{"ME", "Messina", "Sicilia", "083 283", "083048"},
	{"AG", "Agrigento", "Sicilia", "084", "084001"},
	{"CL", "Caltanissetta", "Sicilia", "085", "085004"},
	{"EN", "Enna", "Sicilia", "086", "086009"},
	{"CT", "Catania", "Sicilia", "087 287", "087015"},
	{"RG", "Ragusa", "Sicilia", "088", "088009"},
	{"SR", "Siracusa", "Sicilia", "089", "089017"},
	{"SS", "Sassari", "Sardegna", "090 112 312", "090064"},
	{"NU", "Nuoro", "Sardegna", "091 114", "091051"},
	{"CA", "Cagliari", "Sardegna", "092 292 118 318", "092009"},
	{"PN", "Pordenone", "Friuli-Venezia Giulia", "093", "093033"},
	{"IS", "Isernia", "Molise", "094", "094023"},
	{"OR", "Oristano", "Sardegna", "095 115", "095038"},
	{"BI", "Biella", "Piemonte", "096", "096004"},
	{"LC", "Lecco", "Lombardia", "097", "097042"},
	{"LO", "Lodi", "Lombardia", "098", "098031"},
	{"RN", "Rimini", "Emilia-Romagna", "099", "099014"},
	{"PO", "Prato", "Toscana", "100", "100005"},
	{"KR", "Crotone", "Calabria", "101", "101010"},
	{"VV", "Vibo Valentia", "Calabria", "102", "102047"},
	{"VB", "Verbano-Cusio-Ossola", "Piemonte", "103", "103072"},
	{"OT", "Gallura Nord-Est Sardegna", "Sardegna", "113 104", ""},
	{"OG", "Ogliastra", "Sardegna", "116 105", ""},
	{"VS", "Medio Campidano", "Sardegna", "117 106", ""},
	{"CI", "Sulcis Iglesiente", "Sardegna", "119 107", ""},
	{"MB", "Monza e della Brianza", "Lombardia", "108", "108033"},
	{"FM", "Fermo", "Marche", "109", "109006"},
	{"BT", "Barletta-Andria-Trani", "Puglia", "110", "110001 110002 110009"},
	{"SU", "Sud Sardegna", "Sardegna", "111", "111009"},
}
