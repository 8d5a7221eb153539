package graph

// Words returns the texts of all shared words.
func Words() (texts []string) {
	for _, word := range typeWords {
		texts = append(texts, word.text)
	}
	for _, words := range []map[string]string{argumentWords, fieldWords, columnWords, inputWords, valueWords} {
		for _, text := range words {
			texts = append(texts, text)
		}
	}
	return texts
}
