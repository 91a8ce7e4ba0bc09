var head = "";
head += "<div class=\"it-header\">";
head += "<a href=\"#\" onclick=\"V01('https://www.comune.borgofinto.pg.it','eg999')\" data-element=\"personal-area-login\">Accedi all'area personale</a>";
head += "<a href=\"/amministrazione.html\">Amministrazione</a>";
head += "<a href=\"/novita.html\">Novità</a>";
head += "</div>";
document.write(head);