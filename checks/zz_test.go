package checks
import ("testing";"os";"strings";"net/http";"path/filepath";"github.com/vigile-it/vigile/crawler/page";"github.com/vigile-it/vigile/internal/registry";"github.com/vigile-it/vigile/internal/need";"fmt")
func TestZZ(t *testing.T){
 dir:=need.Data(t,"pages")
 words := strings.Fields("certificat carta residenz matrimon assegn bonus cimiter nido nidi mensa refez scolastic scuolabus suap scia edili suolo tari imu multe contravv ztl contrassegno accesso concors online on-line telematic tribut anagraf istanz pratiche sportello prenot segnal")
 for _,row:=range records(t,"pages","manifest.csv"){
  body,_:=os.ReadFile(filepath.Join(dir,row["file"]))
  a:=strings.Fields(row["url"]+" https://www.comune.senzanome.it/")[0]
  p:=page.Parse(page.Raw{URL:a,FinalURL:a,Status:200,Body:body,Header:http.Header{},For:[]string{page.Home}})
  facts:=observed(t,registry.Comune{},p)
  fmt.Println("=====",row["file"], len(p.Links))
  for _,f:=range facts { if f.Check==onlineID { fmt.Printf("  FACT %s %s [%s] %s -> %s\n",f.Kind,f.Value,f.Rule,f.Snippet,f.Target)}}
  seen:=map[string]bool{}
  for _,l:=range p.Links { lab:=strings.ToLower(l.Label()); for _,w:=range words { if strings.Contains(lab,w) && !seen[lab] { seen[lab]=true; fmt.Printf("     %q -> %s\n", l.Label(), l.URL); break } } }
 }
}
