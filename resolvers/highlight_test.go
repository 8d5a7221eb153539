package resolvers

import (
	"strings"
	"testing"

	"daybook/graph/model"
)

// What was asked for is marked where it stands: also in texts without blanks, and in words that are longer than a snippet.
func TestHighlightInside(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("本", 60)
	for _, c := range []struct{ text, asked, want string }{
		{"上海东方贸易有限公司", "东方", "上海[东方]贸易有限公司"},
		{"上海东方贸易有限公司", "贸易 东方", "上海[东方贸易]有限公司"},
		{"東京商事株式会社と東京電力", "東京", "[東京]商事株式会社と[東京]電力"},
		{"新宿ガーデンビル", "カー", "新宿[ガー]デンビル"}, // the mark goes with its letter
		{long + "漢字" + long, "漢字", "… " + strings.Repeat("本", 13) + "[漢字]" + strings.Repeat("本", 39) + " …"},
		{strings.Repeat("ก", 80), strings.Repeat("ก", 80), "[" + strings.Repeat("ก", 54) + "] …"},
		{"Quartermain Ltd", "quarter", "[Quartermain] Ltd"},
		{"O'Brien ABC東京", "brien 東京", "[O'Brien] ABC[東京]"},
	} {
		parts, foundIn := highlight([]searchText{{field: model.SearchFieldText, text: c.text}}, questionWords(c.asked), false)
		got := ""
		for _, part := range parts {
			if part.Highlighted {
				part.Text = "[" + part.Text + "]"
			}
			got += part.Text
		}
		if got != c.want || len(foundIn) != 1 {
			t.Errorf("%s in %s: %s, found in %v; want %s", c.asked, c.text, got, foundIn, c.want)
		}
	}
}
