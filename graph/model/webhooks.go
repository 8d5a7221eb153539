package model

import "strings"

// CanonicalType returns the name of the type, as in ids and canonical_type: VendorCreditNote of VENDOR_CREDIT_NOTE.
func (t RecordType) CanonicalType() string {
	var name strings.Builder
	for word := range strings.SplitSeq(string(t), "_") {
		name.WriteString(word[:1] + strings.ToLower(word[1:]))
	}
	return name.String()
}
