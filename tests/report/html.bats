#!/usr/bin/env bats
# bpguard report --format html: a page of one file, looked at as text and in a real browser.

setup() {
  load common
  report_ready
}

nasty='<script>document.title=1</script>'

# mixed: two programs, two addresses, a pipe, and a peer that calls itself a script.
mixed() {
  local i
  for i in 1 2 3; do broken "$i" "198.51.100.1:100$i" ',"lost":1000,"peer_silent_before_close_ms":60010'; done
  broken 4 203.0.113.9:2000 ',"lost":9999999'
  broken 4 203.0.113.9:2000 ',"lost":9999999'
  broken 5 203.0.113.9:2001 | sed 's/peer-closed/peer-reset/; s,/usr/sbin/server,/opt/b,'
  record 6 epipe ',"call":"write","fd":1,"type":"pipe","errno":"EPIPE","peer":"pipe:[77]","cause":"reader-gone","saved":true'
  record 7 epipe ',"type":"unix-stream","fd":3,"peer":"unix:/x","peer_pid":9,"peer_comm":"'"$nasty"'","cause":"peer-closed"'
}

# column TABLE COLUMN: JavaScript for the texts of the rows that are shown.
column() {
  printf '[...document.querySelectorAll("[aria-labelledby=%s] tbody tr:not([hidden])")].map((row) => row.cells[%d].textContent.trim())' "$1" "$2"
}

# head TABLE COLUMN: JavaScript for the button that sorts.
head_of() {
  printf 'document.querySelectorAll("[aria-labelledby=%s] th button")[%d]' "$1" "$2"
}

@test "the same report: the answer, what to do, every list" {
  mixed >log.jsonl
  page log.jsonl >page.html
  run -0 "$report" log.jsonl
  while read -r line; do grep -qF "$line" page.html; done <<<"$(head -n 3 <<<"$output")"
  for id in causes links programs addresses networks unix-peers places silence lost timeline; do
    grep -q "<h2 id=\"$id\">" page.html
  done
  grep -q 'A tight cluster at 60.0 s: 3 connections' page.html
  grep -q 'An idle timeout of 60.0 s' page.html
  run -1 --separate-stderr page log.jsonl missing
  [[ $output == *'This report is partial'*'missing: No such file or directory'* ]]
  : >empty.jsonl
  run -0 page empty.jsonl
  [[ $output == *'Nothing was recorded.'* ]]
  [[ $output != *'<table'* ]]
}

@test "one file: nothing in it leads elsewhere, and its policy lets nothing in" {
  mixed >log.jsonl
  page log.jsonl >page.html
  run ! grep -E 'https?://|@import|url\(' page.html
  run -0 grep -oE '(src|href)="[^"]*"' page.html
  [ "$output" = 'href="data:,"' ]
  policy=$(grep -o "default-src 'none'[^\"]*" page.html)
  [[ $policy != *unsafe* ]]
  for part in style script; do
    hash=$(python3 -c "
import base64, hashlib, re
text = re.search(r'<$part>(.*?)</$part>', open('page.html').read(), re.S).group(1)
print(base64.b64encode(hashlib.sha256(text.encode()).digest()).decode())")
    [[ $policy == *"$part-src 'sha256-$hash'"* ]]
  done
}

@test "names from outside are text" {
  {
    record 1 epipe ',"call":"write","fd":3,"type":"unix-stream","peer":"unix:/x","peer_comm":"'"$nasty"'","argv":"\"><img src=x onerror=alert(1)>&amp;"'
    printf '{"time":"2026-11-20T16:00:00Z","event":"epipe","pid":1,"exe":"/x\\u001b[31m\\u009b\\u202ey","type":"tcp","call":"</table>\\u0000"}\n'
  } >log.jsonl
  page log.jsonl >page.html
  run ! grep -E '<script>document|<img|</table>\?|'$'\033' page.html
  grep -qF '<bdi>&lt;script&gt;document.title=1&lt;/script&gt;</bdi>' page.html
  grep -qF '&quot;&gt;&lt;img src=x onerror=alert(1)&gt;&amp;amp;' page.html
}

# shapes PLOT CLASS: how many boxes of a class the plot has.
shapes() {
  sed -n "/<svg [^>]*plot_$1-title/,/<.svg>/p" page.html | grep -c "<rect class=\"$2\""
}

@test "plots: of four kinds, a box for each count, marks at round numbers, names as text" {
  mixed >log.jsonl
  page log.jsonl >page.html
  [ "$(grep -c '<svg ' page.html)" -eq 4 ]
  [ "$(grep -c '</svg>' page.html)" -eq 4 ]
  [ "$(grep -c '<figure>' page.html)" -eq 4 ]
  # peer-closed in the seconds 1 to 4 and 7, two at once in the fourth; the cluster of 60 s.
  [ "$(shapes time cause-1)" -eq 5 ]
  [ "$(shapes time cause-2)" -eq 1 ]
  [ "$(shapes time cause-7)" -eq 1 ]
  [ "$(shapes silence bar)" -eq 1 ]
  [ "$(shapes peers bar)" -eq 3 ]
  [ "$(shapes lost bar)" -eq 2 ]
  [ "$(grep -c '<line class="mark"' page.html)" -eq 1 ]
  grep -q '<text class="mark"[^>]*>60.0 s</text>' page.html
  grep -q '<text [^>]*>&lt;script&gt;document.title=1…</text>' page.html
  # Where the counts end and how high they stand: three of four failures from one peer, and one.
  run -0 python3 -c '
import re
plot = re.search(r"<svg [^>]*plot_peers-title.*?</svg>", open("page.html").read(), re.S).group()
boxes = [[float(x) for x in re.findall(r"(?:x|width)=\"([0-9.]+)\"", box)] for box in re.findall("<rect.*?>", plot)]
print(len({left for left, _ in boxes}), [round(3 * width / boxes[0][1], 2) for _, width in boxes])'
  [ "$output" = '1 [3.0, 3.0, 1.0]' ]
  run ! grep -E '"-?(nan|inf)|[0-9]e[+-]' <(sed -n '/<svg/,/<.svg>/p' page.html)
  # Each id once, so that what refers to one finds it.
  run -0 bash -c "grep -oE ' id=[\"'\''][^\"'\'']*' page.html | sort | uniq -d"
  [ -z "$output" ]
  # No other program is asked.
  mkdir bin
  PATH=$PWD/bin run -0 "$report" --format html log.jsonl
  [ "$(grep -c '<svg ' <<<"$output")" -eq 4 ]
}

@test "plots: one record, and what has nothing to plot" {
  broken 1 198.51.100.1:1 >log.jsonl
  page log.jsonl >page.html
  [ "$(grep -c '<svg ' page.html)" -eq 2 ]
  run ! grep -E '"-?(nan|inf)' <(sed -n '/<svg/,/<.svg>/p' page.html)
  record 1 attach >log.jsonl
  page log.jsonl >page.html
  run ! grep -E '<svg|<figure' page.html
}

@test "lists are bounded, and say how much they leave out" {
  # shellcheck disable=SC2046
  silences $(seq 1 30) >log.jsonl
  page --top 7 log.jsonl >page.html
  [ "$(grep -c 'The first 7 of 30; 23 more are left out' page.html)" -eq 2 ]
  # shellcheck disable=SC2046
  silences $(seq 1 1003) >log.jsonl
  page log.jsonl >page.html
  grep -q 'The first 1,000 of 1,003; 3 more are left out' page.html
}

@test "-o FILE is written whole or not at all" {
  mixed >log.jsonl
  echo before >out.html
  chmod 640 out.html
  ln -s out.html link.html
  (trap '' XFSZ && ulimit -f 4 && exec "$report" --format html -o out.html log.jsonl 2>errors) && false
  [ "$(cat out.html)" = before ]
  grep -q 'out.html: File too large' errors
  page -o link.html log.jsonl
  [ -L link.html ]
  grep -q '</html>' out.html
  [ "$(stat -c %a out.html)" = 640 ]
  (umask 027 && page -o new.html log.jsonl)
  [ "$(stat -c %a new.html)" = 640 ]
  page -o /dev/stdout log.jsonl | cmp - out.html
  run -1 page -o nowhere/out.html log.jsonl
  [ "$(find . -type f -o -type l | sort | tr '\n' ' ')" = './errors ./link.html ./log.jsonl ./new.html ./out.html ' ]
}

@test "page and metrics do not depend on the order of files" {
  local i
  for i in 1 2 3; do
    mkdir "$i"
    echo "host h$i" >"$i/bpguard.recording"
    mixed | sed "s/198.51.100.1/198.51.100.$i/; s,/opt/b,/opt/b$i," >"$i/bpguard.jsonl"
  done
  for format in html prometheus; do
    "$report" --top 3 --format "$format" 1 2 3 >a
    "$report" --top 3 --format "$format" 3 1 2 >b
    cmp a b
  done
}

@test "html is not for a terminal" {
  mixed >log.jsonl
  run script -qec "$report --format html log.jsonl" /dev/null </dev/null
  [ "$status" -eq 125 ]
  [[ $output == *'html is not for a terminal: give it a file, by -o'* ]]
}

@test "in a browser: nothing is complained of or asked for, and a script's name is text" {
  browser_ready
  mixed >log.jsonl
  page -o page.html log.jsonl
  run -0 browser page.html document.title "$(column unix-peers 0)" 'document.scripts.length' \
    'document.getElementById("filters").hidden' "$(column links 2)"
  [ "${lines[0]}" = '"bpguard report"' ]
  [ "${lines[1]}" = "[\"$nasty\"]" ]
  [ "${lines[2]}" = 1 ]
  [ "${lines[3]}" = false ]
  [ "${lines[4]}" = '["peer-closed","peer-closed","peer-reset","reader-gone","peer-closed"]' ]
  # The driver would have seen it: a page that does complain and ask.
  echo '<script>console.error("a complaint")</script><img src="other.png">' >bad.html
  run -1 browser bad.html
  [[ $output == *'a complaint'*'asked for '*other.png ]]
}

@test "in a browser: the policy stops what would get past the escapes" {
  browser_ready
  mixed >log.jsonl
  page -o page.html log.jsonl
  violation='new Promise((done) => { document.addEventListener("securitypolicyviolation", (event) => done(event.effectiveDirective), {once: true});'
  run -0 browser --complaints page.html \
    "$violation fetch('http://127.0.0.1:9/').catch(() => 0) })" \
    "$violation const image = new Image(); image.src = 'http://127.0.0.1:9/x'; })" \
    "$violation const script = document.createElement('script'); script.textContent = 'window.bad = 1'; document.body.append(script) })" \
    "$violation document.body.insertAdjacentHTML('beforeend', '<p onclick=\"window.bad = 1\">x</p>'); document.body.lastChild.click() })" \
    'window.bad === undefined'
  [ "${lines[0]}" = '"connect-src"' ]
  [ "${lines[1]}" = '"img-src"' ]
  [[ ${lines[2]} == '"script-src'* ]]
  [[ ${lines[3]} == '"script-src'* ]]
  [ "${lines[4]}" = true ]
}

@test "in a browser: tables are sorted by mouse and by keyboard" {
  browser_ready
  mixed >log.jsonl
  page -o page.html log.jsonl
  lost=$(column links 5) sorted='document.querySelectorAll("[aria-labelledby=links] th")[5].ariaSort'
  run -0 browser page.html \
    "$(head_of links 5).click(), $lost" "$sorted" \
    "$(head_of links 5).focus()" '@key Enter' "$lost" "$sorted" \
    "$(head_of links 0).focus()" '@key Space' "$(column links 0)" \
    "document.querySelectorAll('[aria-sort]').length"
  [ "${lines[0]}" = '["9.5 MiB","2.9 KiB","0 bytes","0 bytes","0 bytes"]' ]
  [ "${lines[1]}" = '"descending"' ]
  [ "${lines[3]}" = '["0 bytes","0 bytes","0 bytes","2.9 KiB","9.5 MiB"]' ]
  [ "${lines[4]}" = '"ascending"' ]
  [[ ${lines[6]} == '["/opt/b","/usr/sbin/server"'* ]]
  [ "${lines[7]}" = 1 ]
}

@test "in a browser: tables are filtered by program, peer and cause" {
  browser_ready
  mixed >log.jsonl
  page -o page.html log.jsonl
  peers=$(column links 1)
  run -0 browser page.html \
    'document.querySelector("input[data-key=program]").focus()' '@type OPT' "$peers" \
    'document.getElementById("count").textContent' \
    'document.querySelector("form button").click(), new Promise((done) => setTimeout(done, 50))' "$peers.length" \
    'document.querySelector("input[data-key=peer]").focus()' '@type 198.51' "$peers" "$(column addresses 0)" \
    '@key Tab' '@type reset' "$peers" "$(column causes 0)" "$(column timeline 1).length > 0"
  [ "${lines[1]}" = '["203.0.113.9"]' ]
  [[ ${lines[2]} == '"4 of '*' rows, in tables that have such a column. Plots show everything."' ]]
  [ "${lines[4]}" = 5 ]
  [ "${lines[6]}" = '["198.51.100.1"]' ]
  [ "${lines[7]}" = '["198.51.100.1"]' ]
  [ "${lines[8]}" = '[]' ]
  [ "${lines[9]}" = '["peer-reset"]' ]
  [ "${lines[10]}" = true ]
}

# The least contrast of any text with what is behind it, by WCAG 2.1, and of which.
contrast='(() => {
  const context = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const rgba = (colour) => { context.clearRect(0, 0, 1, 1); context.fillStyle = colour; context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data]; };
  const light = ([r, g, b]) => [r, g, b].map((c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => { for (; element; element = element.parentElement) {
    const colour = rgba(getComputedStyle(element).backgroundColor); if (colour[3]) return colour; } return [255, 255, 255]; };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let least = [99, ""];
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.getClientRects().length) continue;
    const style = getComputedStyle(element);
    const x = light(rgba(element.closest("svg") ? style.fill : style.color)), y = light(behind(element));
    const ratio = (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
    if (ratio < least[0]) least = [ratio, element.outerHTML.slice(0, 80)];
  }
  return least;
})()'

@test "in a browser: readable in light and dark, on a phone, on paper" {
  browser_ready
  mixed >log.jsonl
  broken 8 198.51.100.1:5 | sed 's,/usr/sbin/server,/a/very/long/path/that/goes/on/and/on/without/a/blank/in/it/at/all/and/on/and/on,' >>log.jsonl
  page -o page.html log.jsonl
  # A phone's innerWidth grows with what is in it.
  wide='document.documentElement.scrollWidth'
  paper='getComputedStyle(document.body).backgroundColor'
  run -0 browser --width 390 --scheme dark page.html "$wide" "${contrast}[0] >= 4.5 || $contrast" "$paper"
  [ "${lines[0]}" = 390 ]
  [ "${lines[1]}" = true ]
  dark=${lines[2]}
  run -0 browser --width 1280 --scheme light page.html "$wide" "${contrast}[0] >= 4.5 || $contrast" "$paper"
  [ "${lines[0]}" = 1280 ]
  [ "${lines[1]}" = true ]
  [ "${lines[2]}" != "$dark" ]
  run -0 browser --width 794 --scheme dark --media print --pdf page.pdf page.html \
    'getComputedStyle(document.getElementById("filters")).display' "$paper" "${contrast}[0] >= 4.5 || $contrast"
  [ "${lines[0]}" = '"none"' ]
  [ "${lines[1]}" = '"rgb(255, 255, 255)"' ]
  [ "${lines[2]}" = true ]
  [ "$(head -c 5 page.pdf)" = %PDF- ]
}

# JavaScript for the texts of plots that are cut.
cut='[...document.querySelectorAll("svg text")].filter((text) => { const a = text.getBoundingClientRect(), b = text.closest("svg").getBoundingClientRect(); return a.left < b.left - 1 || a.right > b.right + 1 || a.top < b.top - 1 || a.bottom > b.bottom + 1; }).map((text) => text.textContent)'

@test "in a browser: plots have names, and text that lies within" {
  browser_ready
  "$trace" trace 40000 3
  page -o page.html trace
  run -0 browser page.html "$cut" \
    '[...document.querySelectorAll("svg text")].map((text) => text.textContent).filter((text) => /^(failures|connections)$/.test(text)).length'
  [ "${lines[0]}" = '[]' ]
  [ "${lines[1]}" = 4 ]
  mixed >log.jsonl
  page -o page.html log.jsonl
  run -0 browser page.html \
    '[...document.querySelectorAll("svg")].map((svg) => document.getElementById(svg.getAttribute("aria-labelledby")).textContent)' \
    "$cut" \
    '[...document.querySelectorAll("svg text")].map((text) => text.textContent).filter((text) => text.startsWith("<"))'
  [ "${lines[0]}" = '["Failures over time, by cause","How long peers had been silent before they closed","Peers with the most failures","How much connections lost"]' ]
  [ "${lines[1]}" = '[]' ]
  [ "${lines[2]}" = '["<script>document.title=1…"]' ]
  # On a phone, with the longest names and numbers.
  for i in 1 2 3; do broken "$i" "[2001:db8:aaaa:bbbb:cccc:dddd:eeee:$i]:443" ',"lost":99999999'; done >log.jsonl
  page -o page.html log.jsonl
  run -0 browser --width 390 page.html "$cut"
  [ "${lines[0]}" = '[]' ]
}
