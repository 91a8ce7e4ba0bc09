package replica

// This file makes names: of comuni, persons, streets. All are invented; a test
// against IPA's dump, where it is at hand, shows that no comune bears them.

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"
)

// dice returns the source of chance for one purpose of one comune, so that a
// page is the same whichever pages were asked for before it.
func dice(seed uint64, purpose ...string) *rand.Rand {
	h := fnv.New64a()
	for _, p := range purpose {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}

// pick takes one of the list.
func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

var rosterNames = []string{
	"Vallefiorita di Sotto", "Borgo Sant'Elmo al Colle", "Roccalieve", "Montelume", "Castel Perdùto", "Pratolungo sul Rìo",
	"Torre de' Merli", "San Vito all'Argine", "Roccaspina", "Fontegelata", "Ca' Bruciata", "Pieve Lunaria", "Selvagreca",
	"Colle Ventoso", "Mirabò", "Tremalù", "Pontevià", "Oltregiò", "Sant'Àrgine", "Villa d'Ombra", "Acquachiara Inferiore",
	"Poggio Lentisco", "Campodoro di Mezzo", "Serra dei Lecci", "Cittavecchia Terme", "Bellarè", "Rivaforte", "Lago Sottile",
	"Monte Cedrone", "Santa Perpetua in Selva", "Castelvuoto", "Isola Ferma", "Gorgolungo", "Pian dell'Orso", "Valbruma",
	"Corte Melara", "Nogaretta", "Spinalba", "Terrachiara", "Vigna Mora", "Ortofreddo", "Piscinale", "Guadolargo",
	"Mandriola Alta", "Fossombra", "Calamura", "Vernaz-Varnàz", "Sankt Klara-Santa Chiara in Valle", "Passo Grìgio",
	"Dogana Vecchia", "Casalvento", "Stradella Morta", "Bosco Tondo", "Pietrafina", "Rio Salso Marina", "Molinaccio",
	"Aiadura", "Cima Serena", "Ronco Basso", "Sassoverde", "Valdombra", "Crocevia Lunga", "Porto Silente",
	"Marina di Levantina", "Forcella Bianca", "Orsaiola", "Tufara Nuova", "Lupaia", "Ginestreto Alto", "Capriolina",
	"Fienilbello", "Querciagrossa", "Altavista Ligea", "Sorgente Fredda", "San Basso Vecchio", "Badia Serrata",
	"Vico Stretto", "Pozzolungo", "Piandimaggio", "Costa Turchina", "Montarsiccio", "Serracupa", "Bramafiore", "Cantarupe",
	"Grottaverde", "Malpertuso", "Ripacquata", "Solagrande", "Ventosella", "Tornavalle", "Lunaforte", "Cerquamara",
}

var (
	nameHeads = []string{
		"Roccaspina", "Montelume", "Fontegelata", "Selvagreca", "Valbruma", "Spinalba", "Nogaretta", "Terrachiara", "Guadolargo",
		"Fossombra", "Calamura", "Casalvento", "Pietrafina", "Molinaccio", "Aiadura", "Sassoverde", "Valdombra", "Orsaiola",
		"Capriolina", "Querciagrossa", "Pozzolungo", "Rivaforte", "Gorgolungo", "Castelvuoto", "Ortofreddo", "Bellarè", "Mirabò",
		"Tremalù", "Pontevià", "Oltregiò", "Lunaforte", "Cerquamara", "Frassinerò", "Pratobigio", "Ventosella", "Bramafiore",
		"Cantarupe", "Solagrande", "Tornavalle", "Malpertuso", "Ripacquata", "Fiordalpe", "Belsentiero", "Campovecchiò",
		"Grottaverde", "Serracupa", "Vallebuia", "Montarsiccio", "Acquaspersa", "Pianzòla",
	}
	nameTails = []string{
		"", "Alta", "Bassa", "Nuova", "Vecchia", "di Sopra", "di Sotto", "di Mezzo", "in Colle", "in Selva", "al Mare", "sul Rio",
		"a Monte", "a Valle", "Superiore", "Inferiore", "Terme", "Marina", "Ligea", "Lunaria", "dei Lecci", "dei Merli", "degli Orti",
		"delle Rose", "dell'Orso", "dell'Abate", "del Lago", "del Vescovo", "del Monte", "d'Ombra", "d'Inverno", "d'Estate",
		"San Basso", "San Vito", "Santa Perpetua", "Sant'Elmo", "Sant'Àrgine", "San Diodato", "Santa Clizia", "al Guado", "al Passo",
		"in Piano", "in Prato", "in Bosco", "sopra Rivo", "sotto Rocca", "oltre Ponte", "presso Torre", "Grande", "Piccola",
		"Antica", "Serena", "Ventosa", "Silente", "Fredda", "Chiara", "Oscura", "Bianca", "Turchina", "Ferma", "Tonda", "Stretta",
		"Lunga", "Corta", "Fiorita", "Spoglia", "Gemella", "Riunita", "Scalo", "Porto", "Castello", "Borgo", "Pieve", "Badia",
		"Romita", "Franca", "Regia", "Comitale", "Abbaziale", "Vescovile", "Montana", "Rupestre", "Lacustre", "Palustre", "Boschiva",
		"Pastorale", "Silvana", "Boreale", "Australe", "Levantina", "Ponentina", "Meridiana", "del Console", "del Notaio",
		"del Mugnaio", "del Fabbro", "del Traghetto", "della Dogana", "della Fonte", "della Quercia", "della Colomba", "della Torre",
		"delle Viole", "delle Allodole", "delle Fornaci", "dei Cipressi", "dei Tigli", "dei Mulini", "degli Aironi", "degli Ulivi",
		"in Costa", "in Riva", "in Vetta", "ad Aquilone", "ad Est", "ad Ovest", "alle Cascate", "alle Grotte", "allo Scoglio",
		"sull'Argine", "sull'Isola", "nell'Ansa", "Minore", "Maggiore", "Prima", "Seconda", "Terza", "Ultima", "Perduta", "Ritrovata",
		"Solitaria", "Gioiosa", "Mesta", "Placida", "Alpestre", "Marittima", "Fluviale", "Campestre", "Murata", "Turrita", "Fortezza",
		"Dorata", "Argentea", "Cinerea", "Scarlatta", "Azzurra", "Verdeggiante", "Ombrosa", "Assolata", "Nevosa", "Nebbiosa",
		"Sassosa", "Arenosa", "Erbosa", "Muschiosa", "Salmastra", "Sulfurea", "Petrosa", "Lignea", "Ferrigna", "Ramata", "Vitrea",
	}
	firstNames = []string{
		"Ottavia", "Delfina", "Corrado", "Saverio", "Ersilia", "Tancredi", "Livia", "Osvaldo", "Morena", "Fabrizia", "Ruggero", "Ivana",
		"Gaspare", "Noemi", "Renzo", "Clelia", "Amedeo", "Brunella", "Dario", "Elvira", "Folco", "Ginevra", "Italo", "Lorena",
	}
	lastNames = []string{
		"Brandimarte", "Cervellati", "Pastorelli", "Quagliarini", "Tamburrino", "Sbardella", "Mezzanotte", "Frassineti", "Calcagnini",
		"Bonaventuri", "Spadalunga", "Acquafredda", "Montebruno", "Ricciardelli", "Torrigiano", "Lanfranconi", "Pelliccioli", "Dell'Orto",
		"D'Ambrosiano", "Nicolosio", "Zambelletti", "Vercellone", "Scaramuzzino", "Passalacqua",
	}
	streets = []string{
		"Piazza della Libertà", "Via Roma", "Corso dei Tigli", "Via del Municipio", "Largo della Fontana", "Piazza del Mercato Vecchio",
		"Via Quattro Novembre", "Viale dei Platani", "Via delle Scuole", "Piazza Giuseppe Mazzini",
	}
	saints = []string{"San Basso", "Santa Perpetua", "Sant'Elmo", "San Diodato", "Santa Clizia", "San Vito"}
)

// person is an invented officer.
type person struct{ First, Last string }

func (p person) String() string { return p.First + " " + p.Last }

func newPerson(r *rand.Rand) person { return person{pick(r, firstNames), pick(r, lastNames)} }

// scaledName is the i-th generated name; names repeat after
// len(nameHeads)*len(nameTails), beyond MaxScale.
func scaledName(i int) string {
	n := nameHeads[i%len(nameHeads)] + " " + nameTails[(i/len(nameHeads))%len(nameTails)]
	return strings.TrimSpace(n)
}

// slug turns a name into a label of a host name or of a path: lower case,
// accents and apostrophes dropped, sep between words.
func slug(name, sep string) string {
	var b strings.Builder
	gap := false
	for _, r := range strings.ToLower(name) {
		if p, ok := plain[r]; ok {
			r = p
		}
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			if gap && b.Len() > 0 {
				b.WriteString(sep)
			}
			gap = false
			b.WriteRune(r)
		case r == '\'' || r == '’':
			if sep != "" {
				gap = true
			}
		default:
			gap = true
		}
	}
	return b.String()
}

var plain = map[rune]rune{
	'à': 'a', 'á': 'a', 'è': 'e', 'é': 'e', 'ì': 'i', 'í': 'i', 'ò': 'o', 'ó': 'o', 'ù': 'u', 'ú': 'u', 'ü': 'u', 'ä': 'a', 'ö': 'o',
}

// taxCode is a tax code of eleven digits with its check digit; none is
// assigned to anybody, for it begins with 99.
func taxCode(n int) string {
	s := fmt.Sprintf("99%08d", n)
	sum := 0
	for i, c := range s {
		d := int(c - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return s + fmt.Sprint((10-sum%10)%10)
}
