var foot = "";
foot += "<div class=\"it-footer\">";
foot += "<a href=\"https://form.agid.gov.it/view/0db55000-ab6c-11f1-8f00-0242ac120002\">Dichiarazione di accessibilità</a>";
foot += "<a href=\"https://form.agid.gov.it/view/91b35000-1ad5-11f1-8f00-0242ac120002\">Obiettivi di accessibilità</a>";
foot += "<a href=\"/privacy.html\">Privacy</a>";
foot += "<a href=\"/note.html\">Note legali</a>";
foot += "</div>";
document.write(foot);