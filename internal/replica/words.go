package replica

// This file holds the words pages are assembled from. The sentences are the
// replica's own; {…} is filled in per comune.

// story is a news item: its title, category and text.
type story struct{ Title, Category, Text string }

// plainStories are the noise of every news list.
var plainStories = []story{
	{"Lavori in {via}: modifiche alla viabilità dal {data}", "Avvisi", "Per consentire il rifacimento dei sottoservizi la circolazione sarà a senso unico alternato, con divieto di sosta su ambo i lati dalle 7 alle 18."},
	{"Mensa scolastica, aperte le domande per il nuovo anno", "Notizie", "Le famiglie possono presentare la domanda fino al {data}; chi è già iscritto deve soltanto confermare le allergie e le diete speciali."},
	{"Uffici chiusi per la festa patronale di {santo}", "Avvisi", "Restano garantiti lo stato civile per le dichiarazioni di morte e la reperibilità della polizia locale."},
	{"Contributi per l'affitto: pubblicata la graduatoria provvisoria", "Bandi", "Gli interessati possono chiedere il riesame del punteggio entro quindici giorni, allegando i documenti mancanti."},
	{"TARI {anno}: in consegna gli avvisi con le scadenze", "Notizie", "Chi non avesse ricevuto l'avviso può chiederne copia all'ufficio tributi, anche per posta elettronica."},
	{"Allerta meteo arancione per temporali forti", "Avvisi", "La protezione civile invita a non sostare lungo gli argini e a limitare gli spostamenti alle sole necessità."},
	{"Un'estate in biblioteca: letture, giochi e merende", "Eventi", "Dal lunedì al giovedì le sale restano aperte fino a sera, con un programma pensato per tre fasce d'età."},
	{"Nuovi orari dell'isola ecologica", "Notizie", "Da {data} il centro di raccolta apre anche il sabato pomeriggio; per gli ingombranti serve l'appuntamento."},
	{"Seduta del Consiglio comunale: l'ordine del giorno", "Comunicati", "Tra i punti in discussione la variazione di bilancio, il regolamento del mercato e due interpellanze sulla piscina."},
	{"Concorso per un istruttore tecnico, il diario delle prove", "Bandi", "La prova scritta si terrà nella sala polivalente; i candidati devono presentarsi con un documento valido."},
	{"Contributo per l'acquisto di biciclette a pedalata assistita", "Bandi", "Le domande sono accolte in ordine di arrivo fino a esaurimento dei fondi stanziati in bilancio."},
	{"Taglio delle siepi lungo le strade: un'ordinanza", "Avvisi", "I proprietari dei fondi devono potare rami e radici che sporgono oltre il confine entro trenta giorni."},
	{"Mercato settimanale spostato in {via}", "Notizie", "Lo spostamento si deve al cantiere della piazza e durerà fino alla conclusione della pavimentazione."},
	{"Servizio civile: quattro posti per giovani fino a ventotto anni", "Bandi", "I progetti riguardano l'assistenza agli anziani e la promozione della lettura nelle scuole."},
	{"Sospensione dell'acqua in alcune vie del centro", "Avvisi", "L'erogazione riprenderà nel pomeriggio; al ritorno l'acqua potrebbe apparire torbida per qualche minuto."},
	{"Pulizia strade: il calendario del trimestre", "Notizie", "Nei giorni indicati dai cartelli i veicoli in sosta saranno rimossi con spese a carico dei proprietari."},
	{"Premio di laurea intitolato a un concittadino", "Notizie", "Sono ammesse le tesi che trattano la storia, l'economia o il paesaggio del territorio comunale."},
	{"Trasporto scolastico, le fermate che cambiano", "Avvisi", "La corsa delle 7.20 parte ora dal piazzale della stazione; restano invariati gli orari di ritorno."},
	{"Consegna delle borse di studio in sala consiliare", "Eventi", "La cerimonia è aperta alla cittadinanza e si conclude con un piccolo rinfresco offerto dalla pro loco."},
	{"Disinfestazione contro le zanzare nelle aree verdi", "Avvisi", "Durante la notte si consiglia di tenere chiuse le finestre e di ritirare il bucato e il cibo degli animali."},
	{"Bonus sociale idrico: chi ne ha diritto", "Notizie", "L'agevolazione è riconosciuta in bolletta in base all'attestazione ISEE, senza bisogno di domanda."},
	{"Campo estivo comunale, ancora qualche posto", "Notizie", "Le attività si svolgono nel parco e nella palestra della scuola primaria, con il pranzo compreso."},
	{"Referendum: dove e come si vota", "Comunicati", "I seggi restano aperti due giorni; la tessera elettorale esaurita si rinnova all'ufficio anagrafe."},
	{"Raccolta firme per due proposte di legge popolare", "Comunicati", "I moduli si trovano allo sportello dell'anagrafe negli orari di apertura al pubblico."},
}

// trapStories are news that speak of a duty without meeting it. Every site
// carries them, whatever its variant.
var trapStories = []story{
	{"Dichiarazione di accessibilità 2021", "Notizie", "L'ente ha concluso l'autovalutazione del vecchio portale; la dichiarazione di accessibilità sarà rivista con il prossimo sito."},
	{"Come ottenere SPID: assistenza in municipio", "Notizie", "Il mercoledì un volontario aiuta chi non ha ancora SPID a scegliere il gestore e a completare il riconoscimento."},
	{"Prenota la tua CIE: nuovi orari per la carta d'identità elettronica", "Avvisi", "Per il rilascio della CIE occorre una fototessera recente e la ricevuta del versamento dei diritti."},
	{"Esonero dal pagamento del canone per le attività in piazza", "Avvisi", "La Giunta ha prorogato l'esonero dal pagamento per i dehors che occupano l'area del cantiere."},
	{"Concluso il progetto PNRR Misura 1.4.3 pagoPA e app IO", "Comunicati", "Il finanziamento europeo ha coperto l'attivazione dei servizi; il contributo è stato liquidato a saldo."},
	{"Deleghe in Giunta: nominato l'assessore alla transizione digitale", "Comunicati", "Il Sindaco ha affidato a un componente della Giunta le deleghe all'innovazione e alla transizione digitale."},
	{"Avviso pubblico per un incarico di RTD all'università", "Bandi", "Si segnala la selezione di un RTD, ricercatore a tempo determinato, presso l'ateneo della regione."},
	{"Protezione dei dati: nominato il nuovo RPD", "Comunicati", "Il responsabile della protezione dei dati risponde agli interessati all'indirizzo indicato nell'informativa."},
	{"ANPR: i certificati si scaricano da casa", "Notizie", "L'anagrafe nazionale rilascia quattordici certificati; chi preferisce può ancora chiederli allo sportello."},
	{"Open data a scuola: un corso per le terze medie", "Eventi", "Gli alunni imparano a leggere i dati aperti sul traffico e sulla qualità dell'aria."},
	{"Piano triennale delle opere pubbliche: le osservazioni", "Avvisi", "Per sessanta giorni chiunque può far pervenire le proprie osservazioni allo schema adottato dalla Giunta."},
	{"Aggiornato l'albo dei presidenti di seggio", "Avvisi", "Chi desidera esservi iscritto presenta la domanda entro il mese di ottobre all'ufficio elettorale."},
}

// serviceSheet is one service of the catalogue.
type serviceSheet struct{ Title, Category, Text string }

var services = []serviceSheet{
	{"Iscrizione alla mensa scolastica", "Educazione e formazione", "Permette di iscrivere i figli al servizio di ristorazione delle scuole del territorio."},
	{"Trasporto scolastico", "Educazione e formazione", "Accompagna gli alunni dalle frazioni alla scuola con lo scuolabus."},
	{"Asilo nido comunale", "Educazione e formazione", "Accoglie i bambini da tre mesi a tre anni con orario ridotto o intero."},
	{"Carta d'identità elettronica (CIE): prenotazione", "Anagrafe e stato civile", "Fissa un appuntamento per il primo rilascio o il rinnovo del documento."},
	{"Certificati anagrafici", "Anagrafe e stato civile", "Residenza, stato di famiglia, nascita: i certificati che rilascia l'anagrafe."},
	{"Cambio di residenza", "Anagrafe e stato civile", "Comunica al comune il trasferimento della propria abitazione."},
	{"Pubblicazioni di matrimonio", "Anagrafe e stato civile", "Avvia il procedimento che precede le nozze civili o concordatarie."},
	{"Tassa sui rifiuti (TARI)", "Tributi, finanze e contravvenzioni", "Dichiarazione, riduzioni e rimborsi della tassa sui rifiuti."},
	{"Imposta municipale propria (IMU)", "Tributi, finanze e contravvenzioni", "Chi deve versare l'imposta, con quali aliquote e in quali giorni."},
	{"Sanzioni del codice della strada", "Tributi, finanze e contravvenzioni", "Consultare un verbale, fare ricorso, comunicare chi era alla guida."},
	{"Occupazione di suolo pubblico", "Mobilità e trasporti", "Autorizza l'uso temporaneo di strade e piazze per cantieri ed eventi."},
	{"Contrassegno per persone con disabilità", "Mobilità e trasporti", "Consente la sosta nei posti riservati e il transito nelle aree limitate."},
	{"Pratiche edilizie (SUE)", "Catasto e urbanistica", "Presentazione e consultazione delle pratiche dello sportello unico dell'edilizia."},
	{"Sportello unico attività produttive (SUAP)", "Imprese e commercio", "Apertura, modifica e cessazione delle attività d'impresa."},
	{"Assegno di maternità", "Salute, benessere e assistenza", "Un sostegno economico alle madri che non hanno altra copertura."},
	{"Assistenza domiciliare agli anziani", "Salute, benessere e assistenza", "Aiuto in casa per la cura della persona e le piccole commissioni."},
	{"Accesso agli atti", "Accesso all'informazione", "Chiedere copia dei documenti che riguardano un proprio interesse."},
	{"Prestito bibliotecario", "Cultura e tempo libero", "Libri, film e riviste a casa per trenta giorni, con la tessera gratuita."},
}

var topics = []string{
	"Trasparenza amministrativa", "Istruzione", "Mobilità sostenibile", "Protezione civile", "Patrimonio culturale", "Gestione rifiuti",
	"Imposte", "Sport", "Turismo", "Accesso all'informazione", "Tempo libero", "Assistenza agli anziani",
}

var events = []story{
	{"Festa di {santo}", "Festa", "Processione, mercatino degli artigiani e, a sera, la banda in piazza."},
	{"Concerto d'organo nella chiesa maggiore", "Concerto", "Musiche del Settecento eseguite sullo strumento appena restaurato."},
	{"Camminata tra i mulini", "Sport", "Dodici chilometri di sentieri con due ristori e una guida ambientale."},
	{"Mostra di fotografie dell'alluvione", "Mostra", "Ottanta immagini donate dalle famiglie raccontano i giorni della piena."},
	{"Teatro dei ragazzi", "Spettacolo", "La compagnia della scuola media porta in scena una fiaba riscritta in classe."},
	{"Fiera del bestiame e degli antichi mestieri", "Fiera", "Dimostrazioni di mungitura, ferratura e lavorazione del legno."},
	{"Cineforum all'aperto", "Cinema", "Quattro serate nel cortile del municipio, ingresso libero fino a esaurimento dei posti."},
	{"Giornata del verde pulito", "Ambiente", "Guanti e sacchi li mette il comune: ritrovo al ponte alle nove."},
}

var places = []story{
	{"Biblioteca civica", "Biblioteca", "Ventimila volumi e una sala per i più piccoli nell'ex lavatoio."},
	{"Palazzetto dello sport", "Impianto sportivo", "Un campo coperto, due palestre e una parete per arrampicare."},
	{"Museo della civiltà contadina", "Museo", "Attrezzi, fotografie e una cucina d'inizio secolo ricostruita."},
	{"Parco della Rimembranza", "Parco", "Un viale di tigli, l'area giochi e il monumento ai caduti."},
	{"Centro di raccolta rifiuti", "Isola ecologica", "Ingombranti, sfalci, apparecchi elettrici: si accede con la tessera sanitaria."},
	{"Torre civica", "Edificio storico", "Centoundici gradini e, in cima, l'orologio con il meccanismo originale."},
}

var offices = []string{
	"Ufficio anagrafe e stato civile", "Ufficio tributi", "Ufficio tecnico", "Ufficio ragioneria", "Segreteria e protocollo",
	"Servizi sociali", "Polizia locale", "Ufficio scuola e cultura", "Sportello unico attività produttive",
}

// filler is what every inner page goes on saying.
var filler = []string{
	"Le informazioni di questa pagina sono curate dall'ufficio competente, che le rivede quando cambia la norma o il regolamento comunale.",
	"Chi non può recarsi in municipio può chiedere di essere richiamato, indicando il motivo e la fascia oraria preferita.",
	"Il procedimento si conclude di norma entro trenta giorni dalla richiesta, salvo i termini diversi fissati da leggi speciali.",
	"Per le pratiche più complesse è consigliato l'appuntamento, così che il funzionario possa preparare il fascicolo.",
	"Gli atti citati si consultano presso la segreteria negli orari di apertura oppure nella sezione dei documenti pubblici.",
	"La richiesta si presenta di persona, per posta elettronica certificata o tramite un delegato munito di documento.",
	"Se la domanda è incompleta l'ufficio assegna dieci giorni per integrarla, trascorsi i quali la pratica è archiviata.",
	"Contro il provvedimento si può ricorrere al tribunale amministrativo regionale entro sessanta giorni dalla notifica.",
	"Il comune aggiorna la modulistica ogni anno: verificare di avere scaricato la versione più recente prima di compilarla.",
	"Nei mesi estivi lo sportello pomeridiano è sospeso; resta attivo il centralino dalle nove a mezzogiorno.",
	"I costi indicati comprendono i diritti di segreteria; l'imposta di bollo, quando dovuta, si aggiunge a parte.",
	"Il personale è a disposizione anche per la compilazione assistita delle domande da parte delle persone anziane.",
	"Le associazioni iscritte all'albo godono della tariffa ridotta per l'uso delle sale e delle attrezzature comunali.",
	"La graduatoria è pubblicata in forma anonima, con il solo numero di protocollo assegnato alla domanda.",
	"Una copia cartacea di questa scheda si può ritirare all'ingresso del palazzo comunale, accanto alla bacheca.",
}

// atSection is one first-level section of Amministrazione Trasparente with its
// second level, as the annex to D.Lgs 33/2013 lists them.
type atSection struct {
	Title string
	Sub   []string
}

var atTree = []atSection{
	{"Disposizioni generali", []string{"Piano triennale per la prevenzione della corruzione e della trasparenza", "Atti generali", "Oneri informativi per cittadini e imprese"}},
	{"Organizzazione", []string{"Titolari di incarichi politici, di amministrazione, di direzione o di governo", "Sanzioni per mancata comunicazione dei dati", "Articolazione degli uffici", "Telefono e posta elettronica"}},
	{"Consulenti e collaboratori", []string{"Titolari di incarichi di collaborazione o consulenza"}},
	{"Personale", []string{"Titolari di incarichi dirigenziali di vertice", "Titolari di incarichi dirigenziali", "Posizioni organizzative", "Dotazione organica", "Personale non a tempo indeterminato", "Tassi di assenza", "Contrattazione collettiva", "OIV"}},
	{"Bandi di concorso", nil},
	{"Performance", []string{"Sistema di misurazione e valutazione", "Piano della performance", "Ammontare complessivo dei premi", "Dati relativi ai premi"}},
	{"Enti controllati", []string{"Enti pubblici vigilati", "Società partecipate", "Rappresentazione grafica"}},
	{"Attività e procedimenti", []string{"Tipologie di procedimento", "Dichiarazioni sostitutive e acquisizione d'ufficio dei dati"}},
	{"Provvedimenti", []string{"Provvedimenti organi indirizzo politico", "Provvedimenti dirigenti amministrativi"}},
	{"Bandi di gara e contratti", []string{"Informazioni sulle singole procedure", "Atti delle amministrazioni aggiudicatrici"}},
	{"Sovvenzioni, contributi, sussidi, vantaggi economici", []string{"Criteri e modalità", "Atti di concessione"}},
	{"Bilanci", []string{"Bilancio preventivo e consuntivo", "Piano degli indicatori e dei risultati attesi di bilancio"}},
	{"Beni immobili e gestione patrimonio", []string{"Patrimonio immobiliare", "Canoni di locazione o affitto"}},
	{"Controlli e rilievi sull'amministrazione", []string{"Organi di revisione amministrativa e contabile", "Corte dei conti"}},
	{"Servizi erogati", []string{"Carta dei servizi e standard di qualità", "Costi contabilizzati", "Servizi in rete"}},
	{"Pagamenti dell'amministrazione", []string{"Dati sui pagamenti", "Indicatore di tempestività dei pagamenti", "IBAN e pagamenti informatici"}},
	{"Opere pubbliche", []string{"Atti di programmazione delle opere pubbliche", "Tempi, costi e indicatori di realizzazione"}},
	{"Pianificazione e governo del territorio", nil},
	{"Informazioni ambientali", nil},
	{"Interventi straordinari e di emergenza", nil},
	{"Altri contenuti", []string{"Prevenzione della corruzione", "Accesso civico", "Accessibilità e catalogo di dati, metadati e banche dati", "Dati ulteriori"}},
}

var months = []string{"gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto", "settembre", "ottobre", "novembre", "dicembre"}
