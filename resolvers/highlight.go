package resolvers

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"daybook/graph/model"
)

const (
	// snippetLength is the length of a snippet in bytes, and snippetLead of its part before the first hit; both are
	// approximate, for snippets are cut between words.
	snippetLength, snippetLead = 160, 40
	// questionLength and mostWords are the characters and words of a query that are searched for, and codeLength the
	// characters of a number. canonical.search_query and canonical.search_code have the same limits.
	questionLength, mostWords, codeLength = 1000, 16, 200
)

// searchText is the text of one field of a found record.
type searchText struct {
	field model.SearchField
	text  string
	// exact says that the whole text is the query.
	exact bool
}

// word is a word of a text: its folded form, its parts if it has apostrophes, and its place in the text in bytes.
type word struct {
	folded     string
	parts      []string
	begin, end int
}

// apostrophes are no letters and do not separate words either; canonical.fold has the same list.
const apostrophes = "'’‘‛ʼʻ`´"

// special folds the letters in lower case that Unicode does not decompose; canonical.fold has the same list.
var special = strings.NewReplacer("ø", "o", "ł", "l", "đ", "d", "ı", "i", "ħ", "h", "ς", "σ", "ß", "ss", "æ", "ae", "œ", "oe")

// fold returns a letter as canonical.fold does.
func fold(r rune) string {
	return special.Replace(strings.Map(func(part rune) rune {
		if unicode.Is(unicode.Mn, part) || strings.ContainsRune(apostrophes, part) {
			return -1
		}
		return unicode.ToLower(part)
	}, norm.NFKD.String(string(r))))
}

// blankless reports whether a word is of Chinese or Japanese, whose words are found inside of others, as canonical.search_parts defines
// it: there are no blanks between them.
func blankless(word string) bool {
	return !strings.ContainsFunc(word, func(r rune) bool {
		return r != 'ー' && !unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana)
	})
}

// inside returns the asked words of Chinese or Japanese that are parts of this word of a text, each place once, and notes in
// seen which they are.
func (w word) inside(text string, asked []string, seen map[string]bool) (found []word) {
	for from := 0; ; {
		next, which := len(w.folded), ""
		for _, a := range asked {
			if at := strings.Index(w.folded[from:], a); at >= 0 && from+at < next && blankless(a) {
				next, which = from+at, a
			}
		}
		if which == "" {
			return found
		}
		from = next + len(which)
		found, seen[which] = append(found, w.part(text, next, from)), true
	}
}

// part returns the place of a part of the word's folded form in the text.
func (w word) part(text string, from, to int) word {
	part, folded := w, 0
	for at, r := range text[w.begin:w.end] {
		letter := fold(r)
		if letter == "" { // a mark belongs to the letter before it
			continue
		}
		if folded >= to {
			part.end = w.begin + at
			break
		}
		if folded <= from {
			part.begin = w.begin + at
		}
		folded += len(letter)
	}
	return part
}

// wordsOf returns the words of a text, as canonical.search_words splits and folds them. It is used to highlight only: if
// the two differ about a rare letter, a highlight is missing and nothing else.
func wordsOf(text string) (words []word) {
	var folded strings.Builder
	var parts []string
	begin, part := -1, 0
	end := func(at int) {
		if begin >= 0 && folded.Len() > 0 {
			if part > 0 {
				parts = append(parts, folded.String()[part:])
			}
			words = append(words, word{folded.String(), parts, begin, at})
		}
		folded.Reset()
		begin, part, parts = -1, 0, nil
	}
	for at, r := range text {
		if unicode.Is(unicode.Mn, r) {
			continue
		}
		if strings.ContainsRune(apostrophes, r) || r == '＇' {
			if folded.Len() > part {
				parts, part = append(parts, folded.String()[part:]), folded.Len()
			}
			continue
		}
		if !unicode.IsLetter(r) && !unicode.IsNumber(r) {
			end(at)
			continue
		}
		if begin < 0 {
			begin = at
		}
		folded.WriteString(fold(r))
	}
	end(len(text))
	return words
}

// markExact sets exact on the fields of a record whose number or reference equals the query: on those that equal it, or if
// none does, on the number, which then equals it without its prefix, or on the contact that ends with this phone number.
func markExact(fields []searchText, question string) {
	code, found := codeOf(question), false
	for i, f := range fields {
		if f.field == model.SearchFieldNumber || f.field == model.SearchFieldReference {
			fields[i].exact = f.text != "" && codeOf(f.text) == code
			found = found || fields[i].exact
		}
	}
	for i, f := range fields {
		if !found && f.text != "" && (f.field == model.SearchFieldNumber || f.field == model.SearchFieldContact && strings.HasSuffix(codeOf(f.text), code)) {
			fields[i].exact = true
		}
	}
}

// codeOf returns the form in which numbers and references are compared, as canonical.search_code does.
func codeOf(text string) string {
	var code []rune
	for _, w := range wordsOf(text) {
		code = append(code, []rune(w.folded)...)
	}
	return string(code[:min(len(code), codeLength)])
}

// highlight returns a snippet of the field with most of the asked words, with the hits marked, and all fields that have
// one. If none has, the snippet is the beginning of the first field. A word is a hit if it is one of the asked words or
// begins with the last of them; with beginnings, if it begins with any of them.
func highlight(fields []searchText, asked []string, beginnings bool) (snippet []model.SnippetPart, foundIn []model.SearchField) {
	var best []word
	text, most := fields[0].text, 0
	foundIn = []model.SearchField{}
	for _, f := range fields {
		hits, distinct := hits(f.text, asked, beginnings)
		if f.exact {
			hits, distinct = []word{{end: len(f.text)}}, len(asked)
		}
		if distinct == 0 {
			continue
		}
		foundIn = append(foundIn, f.field)
		if distinct > most {
			best, text, most = hits, f.text, distinct
		}
	}
	return cut(text, best), foundIn
}

// questionWords returns the words of a query that are searched for, each once.
func questionWords(question string) (asked []string) {
	if utf8.RuneCountInString(question) > questionLength {
		question = string([]rune(question)[:questionLength])
	}
	for _, w := range wordsOf(question) {
		if len(asked) == mostWords {
			break
		}
		if !slices.Contains(asked, w.folded) {
			asked = append(asked, w.folded)
		}
	}
	return asked
}

// hits returns the words of a text that are hits, as highlight defines them, and how many of the asked words they cover.
func hits(text string, asked []string, beginnings bool) (found []word, distinct int) {
	seen := map[string]bool{}
	for _, w := range wordsOf(text) {
		if parts := w.inside(text, asked, seen); len(parts) > 0 {
			found = append(found, parts...)
			continue
		}
		i := slices.Index(asked, w.folded)
		if last := len(asked) - 1; i < 0 && beginnings {
			i = slices.IndexFunc(asked, func(a string) bool { return strings.HasPrefix(w.folded, a) })
		} else if i < 0 && last >= 0 && strings.HasPrefix(w.folded, asked[last]) {
			i = last
		}
		if i < 0 {
			i = slices.IndexFunc(asked, func(a string) bool { return slices.Contains(w.parts, a) })
		}
		if i < 0 {
			continue
		}
		found = append(found, w)
		seen[asked[i]] = true
	}
	return found, len(seen)
}

// cut returns about snippetLength bytes of a text, from a little before the first hit, in pieces that are a hit or not.
// It cuts between words, and shows a cut as an ellipsis.
func cut(text string, hits []word) []model.SnippetPart {
	begin, end := 0, len(text)
	if len(hits) > 0 && hits[0].begin > snippetLead {
		begin = boundary(text, hits[0].begin-snippetLead)
		if begin > hits[0].begin { // one word without end
			begin = hits[0].begin
		}
	}
	if end > begin+snippetLength {
		end = boundary(text, begin+snippetLength)
	}
	parts := []model.SnippetPart{}
	add := func(text string, highlighted bool) {
		switch last := len(parts) - 1; {
		case text == "":
		case last >= 0 && parts[last].Highlighted == highlighted: // hits without a blank between them
			parts[last].Text += text
		default:
			parts = append(parts, model.SnippetPart{Text: text, Highlighted: highlighted})
		}
	}
	lead := ""
	if begin > 0 {
		lead = "… "
	}
	at := begin
	for _, hit := range hits {
		if hit.begin >= end {
			break
		}
		add(lead+text[at:hit.begin], false)
		at = min(hit.end, end) // a word may be longer than the snippet
		add(text[hit.begin:at], true)
		lead = ""
	}
	rest := lead + text[at:end]
	if end < len(text) {
		rest += " …"
	}
	add(rest, false)
	return parts
}

// boundary returns the end of the word that stands at a place in a text.
func boundary(text string, at int) int {
	for at < len(text) && !utf8.RuneStart(text[at]) {
		at++
	}
	if i := strings.IndexFunc(text[at:], unicode.IsSpace); i >= 0 && i <= snippetLead {
		return at + i
	}
	if len(text)-at <= snippetLead {
		return len(text)
	}
	return at
}
