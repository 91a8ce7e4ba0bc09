package replica

// This file writes IPA's data sets: the bodies (`enti`), the offices and the
// RTDs, with the columns and the habits of the genuine ones.

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
)

// body is a row of `enti` that is no comune.
type body struct {
	ipa, name, taxCode, category, nature, istat, catasto, site string
}

// provinceIPA is the code of the province, which names its RTD.
const provinceIPA = "p_zz"

// otherBodies are the neighbours of the comuni in the registry: what a reader
// must not take for a comune.
func otherBodies(comuni []*comune) []body {
	seat := comuni[0]
	return []body{
		{unionIPA, unionName, taxCode(900001), "L18", "2440", seat.istat, seat.catasto, "www.unionealtareplica.zz.test"},
		{"crsv_zz", "Consorzio Strade Vicinali di " + seat.name, taxCode(900002), "L6", "", seat.istat, seat.catasto, ""},
		{"ato_replica", "Ambito Territoriale Sociale dell'Alta Replica", taxCode(900003), "L6", "2500", seat.istat, seat.catasto, "www.ats-altareplica.test"},
		{provinceIPA, "Provincia di Replica di Levante", taxCode(900004), "L5", "2420", seat.istat, seat.catasto, "www.provincia.zz.test"},
		{"cmpz", "Città metropolitana di Replica di Ponente", taxCode(900009), "L45", "2450", seat.istat, seat.catasto, "www.cittametropolitana.pz.test"},
		{"r_replic", "Regione Replica", taxCode(900005), "L4", "2410", seat.istat, seat.catasto, "www.regione.replica.test"},
		{"istsc_zzic80000x", "Istituto Comprensivo di " + seat.name, taxCode(900006), "L33", "2430", seat.istat, seat.catasto, "icreplica.test"},
		{"asl_zz", "Azienda Sanitaria dell'Alta Replica", taxCode(900007), "L7", "2500", seat.istat, seat.catasto, "www.aslreplica.test"},
		{"cmr_zz", "Comunita' Montana della Replica", taxCode(900008), "L12", "2440", seat.istat, seat.catasto, ""},
	}
}

// dataset is one data set of the registry.
type dataset struct {
	slug, id, resource, title string
	columns                   []string
	rows                      func(*Italy) [][]string
}

var entiColumns = strings.Fields(`Codice_IPA Denominazione_ente Codice_fiscale_ente Tipologia Codice_Categoria Codice_natura Codice_ateco
	Ente_in_liquidazione Codice_MIUR Codice_ISTAT Acronimo Nome_responsabile Cognome_responsabile Titolo_responsabile Codice_comune_ISTAT
	Codice_catastale_comune CAP Indirizzo Mail1 Tipo_Mail1 Mail2 Tipo_Mail2 Mail3 Tipo_Mail3 Mail4 Tipo_Mail4 Mail5 Tipo_Mail5
	Sito_istituzionale Url_facebook Url_linkedin Url_twitter Url_youtube Data_aggiornamento`)

var rtdColumns = strings.Fields(`Codice_IPA Denominazione_ente Codice_fiscale_ente Codice_uni_uo Descrizione_uo Nome_responsabile
	Cognome_responsabile Mail_responsabile Telefono_responsabile Mail1 Tipo_Mail1 Mail2 Tipo_Mail2 Mail3 Tipo_Mail3 Data_aggiornamento`)

var uoColumns = strings.Fields(`Codice_IPA Denominazione_ente Codice_fiscale_ente Codice_uni_uo Codice_uni_aoo Codice_uni_uo_padre
	Descrizione_uo Data_istituzione Nome_responsabile Cognome_responsabile Mail_responsabile Telefono_responsabile Codice_comune_ISTAT
	Codice_catastale_comune CAP Indirizzo Telefono Fax Mail1 Tipo_Mail1 Mail2 Tipo_Mail2 Mail3 Tipo_Mail3 Data_aggiornamento Url`)

func datasets() []dataset {
	return []dataset{
		{"enti", "5baa3eb8-266e-455a-8de8-b1f434c279b2", "d09adf99-dc10-4349-8c53-27b1e5aa97b6", "Enti", entiColumns, (*Italy).entiRows},
		{"responsabili-della-transizione-al-digitale", "7d3b6a10-41c2-4f7e-9d55-0c5e8f6f2d11", "41553dea-0701-429e-b906-8b71e441a281", "Responsabili della transizione al digitale", rtdColumns, (*Italy).rtdRows},
		{"unita-organizzative", "2c8e6d1a-9f02-4b0e-8f6b-6c1f3b7a9e20", "b0aa1f6c-f135-4c8a-b416-396fed4e1a5d", "Unità organizzative", uoColumns, (*Italy).uoRows},
	}
}

func (it *Italy) entiRows() [][]string {
	comuni := it.all()
	out := make([][]string, 0, len(comuni)+len(it.bodies))
	for _, c := range comuni {
		row := map[string]string{
			"Codice_IPA": c.ipa, "Denominazione_ente": c.denomination, "Codice_fiscale_ente": c.taxCode, "Tipologia": "Pubbliche Amministrazioni",
			"Codice_Categoria": "L6", "Codice_natura": "2430", "Codice_ateco": "84.11.1", "Codice_ISTAT": strconv.Itoa(11_000_000 + c.number),
			"Nome_responsabile": c.mayor.First, "Cognome_responsabile": c.mayor.Last, "Titolo_responsabile": "Sindaco", "Codice_comune_ISTAT": c.istat,
			"Codice_catastale_comune": c.catasto, "CAP": c.cap, "Indirizzo": c.street, "Mail1": c.pec, "Tipo_Mail1": "Pec", "Mail2": c.mail, "Tipo_Mail2": "Altro",
			"Sito_istituzionale": c.site, "Data_aggiornamento": c.day.AddDate(0, -c.number%30, 0).Format("2006-01-02"),
		}
		if c.number%17 == 0 { // as a hundred and more real comuni
			row["Codice_natura"] = ""
		}
		if c.number%13 == 0 {
			row["Codice_IPA"] = strings.ToUpper(c.ipa)
		}
		out = append(out, ordered(entiColumns, row))
	}
	for _, b := range it.bodies {
		out = append(out, ordered(entiColumns, map[string]string{
			"Codice_IPA": b.ipa, "Denominazione_ente": b.name, "Codice_fiscale_ente": b.taxCode, "Tipologia": "Pubbliche Amministrazioni",
			"Codice_Categoria": b.category, "Codice_natura": b.nature, "Codice_comune_ISTAT": b.istat, "Codice_catastale_comune": b.catasto,
			"Mail1": "protocollo@pec." + strings.ToLower(b.ipa) + ".test", "Tipo_Mail1": "Pec", "Sito_istituzionale": b.site, "Data_aggiornamento": "2025-02-11",
		}))
	}
	return out
}

func ordered(columns []string, row map[string]string) []string {
	out := make([]string, len(columns))
	for i, c := range columns {
		out[i] = row[c]
	}
	return out
}

const utd = "Ufficio per la transizione al Digitale"

// rtdRows lists only bodies that filled somebody in, as the genuine set does.
func (it *Italy) rtdRows() [][]string {
	var out [][]string
	union := false
	for _, c := range it.all() {
		row := map[string]string{
			"Codice_IPA": c.registryCode(), "Denominazione_ente": c.denomination, "Codice_fiscale_ente": c.taxCode, "Codice_uni_uo": fmt.Sprintf("ZZ%04d", c.number),
			"Descrizione_uo": utd, "Nome_responsabile": c.rtd.First, "Cognome_responsabile": c.rtd.Last, "Mail_responsabile": "rtd@" + c.domain,
			"Telefono_responsabile": c.phone, "Mail1": c.pec, "Tipo_Mail1": "Pec", "Data_aggiornamento": c.day.AddDate(-1, 0, -c.number%90).Format("2006-01-02"),
		}
		switch c.t.rtdRow {
		case rowNone:
			continue
		case rowUnion:
			union = true
			continue
		case rowPlaceholder:
			row["Nome_responsabile"], row["Cognome_responsabile"] = "da_indicare", "da_indicare"
		}
		out = append(out, ordered(rtdColumns, row))
	}
	if union {
		u := it.bodies[0]
		out = append(out, ordered(rtdColumns, map[string]string{
			"Codice_IPA": u.ipa, "Denominazione_ente": u.name, "Codice_fiscale_ente": u.taxCode, "Codice_uni_uo": "ZZU001", "Descrizione_uo": utd,
			"Nome_responsabile": "Ersilia", "Cognome_responsabile": "Montebruno", "Mail_responsabile": "rtd@unionealtareplica.zz.test", "Data_aggiornamento": "2025-05-06",
		}))
	}
	for _, b := range it.bodies {
		if b.ipa != provinceIPA {
			continue // the metropolitan city has none
		}
		out = append(out, ordered(rtdColumns, map[string]string{
			"Codice_IPA": b.ipa, "Denominazione_ente": b.name, "Codice_fiscale_ente": b.taxCode, "Codice_uni_uo": "ZZP001", "Descrizione_uo": utd,
			"Nome_responsabile": "Fulgenzio", "Cognome_responsabile": "Torrescura", "Mail_responsabile": "rtd@provincia.zz.test", "Data_aggiornamento": "2025-04-03",
		}))
	}
	return out
}

// registryCode is the IPA code as the registry writes it.
func (c *comune) registryCode() string {
	if c.number%13 == 0 {
		return strings.ToUpper(c.ipa)
	}
	return c.ipa
}

func (it *Italy) uoRows() [][]string {
	var out [][]string
	for _, c := range it.all() {
		for i, o := range append([]string{utd}, offices...) {
			row := map[string]string{
				"Codice_IPA": c.registryCode(), "Denominazione_ente": c.denomination, "Codice_fiscale_ente": c.taxCode, "Codice_uni_uo": fmt.Sprintf("%s%02d", c.istat, i),
				"Descrizione_uo": o, "Data_istituzione": "2018-01-15", "Codice_comune_ISTAT": c.istat, "Codice_catastale_comune": c.catasto, "CAP": c.cap,
				"Indirizzo": c.street, "Telefono": c.phone, "Mail1": c.pec, "Tipo_Mail1": "Pec", "Data_aggiornamento": "2025-01-20",
			}
			if i == 0 && c.t.rtdRow == rowNamed {
				row["Nome_responsabile"], row["Cognome_responsabile"] = c.rtd.First, c.rtd.Last
			}
			out = append(out, ordered(uoColumns, row))
		}
	}
	return out
}

// EntiCSV is IPA's `enti` dump as its server writes it: a byte order mark, the
// server's own _id before the columns, commas.
func (it *Italy) EntiCSV() []byte { return dump(datasets()[0], it, ',', true) }

// UnionsCSV says which comuni belong to the union, as registry.unions_file
// wants it.
func (it *Italy) UnionsCSV() []byte {
	var b bytes.Buffer
	b.WriteString("unione,istat\n")
	for _, c := range it.all() {
		if c.t.rtdRow == rowUnion {
			fmt.Fprintf(&b, "%s,%s\n", unionIPA, c.istat)
		}
	}
	return b.Bytes()
}

// PopulationCSV is the population of the comuni, as registry.population_file
// wants it.
func (it *Italy) PopulationCSV() []byte {
	var b bytes.Buffer
	b.WriteString("istat,popolazione\n")
	for _, c := range it.all() {
		fmt.Fprintf(&b, "%s,%d\n", c.istat, c.population)
	}
	return b.Bytes()
}

// dump writes a whole data set.
func dump(d dataset, it *Italy, comma rune, bom bool) []byte {
	var b bytes.Buffer
	if bom {
		b.WriteString("\ufeff")
	}
	w := csv.NewWriter(&b)
	w.Comma = comma
	w.Write(append([]string{"_id"}, d.columns...)) //nolint:errcheck // a bytes.Buffer takes everything
	for i, row := range d.rows(it) {
		w.Write(append([]string{strconv.Itoa(i + 1)}, row...)) //nolint:errcheck // as above
	}
	w.Flush()
	return b.Bytes()
}
