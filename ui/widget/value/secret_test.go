package value

import (
	"testing"

	"trailsift/model"
	"trailsift/model/filter"
	"trailsift/model/secret"
)

func TestAValueWithAMarkKeepsWhatTheEvidenceHolds(t *testing.T) {
	raw := `https://b/k?a=*&X-Amz-Signature=98ad721746da40c64f1a55b78f14c238&x=\1`
	got := Term(model.FieldReferer, secret.Hide(raw), false)
	if len(got.Values) != 1 || !got.Values[0].Glob || !filter.Glob(got.Values[0].Text, raw) || filter.Glob(got.Values[0].Text, "https://b/k?a=z&X-Amz-Signature=y&x=1") {
		t.Errorf("%+v", got)
	}
	if plain := Term(model.FieldReferer, "a*b", false); plain.Values[0].Glob || plain.Values[0].Text != "a*b" {
		t.Errorf("%+v", plain)
	}
}
