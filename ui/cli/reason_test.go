package cli

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"trailsift/model"
)

// A reason stands beside the member's name, on lines too short for the name of an object twice.
func TestTheReasonOfADeniedKeyNamesTheKeyAndNotTheObject(t *testing.T) {
	const key = "arn:aws:kms:eu-west-1:111122223333:key/5f0f7b5e-1c1b-4f6e-9d3a-0123456789ab"
	b := serveLogs(t, 3)
	b.spoil(func(w http.ResponseWriter, r *http.Request) bool {
		if !isGetObject(r) || !strings.Contains(r.URL.Path, "T0100Z") {
			return false
		}
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprintf(w, "<Error><Code>AccessDenied</Code><Message>User: x is not authorized to perform: kms:Decrypt on resource: %s because</Message></Error>", key)
		return true
	})
	work := b.interfaceOf(t, &bytes.Buffer{})
	if err := <-work.begin().Done; err == nil || !strings.Contains(err.Error(), "1 file unreadable") {
		t.Fatalf("it ends with %v", err)
	}
	members, err := work.s.engine.Members(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range members {
		if m.Kind == model.KindSkipped && m.Reason != "access is denied to the KMS key "+key {
			t.Errorf("%s: %q", m.Name, m.Reason)
		}
	}
	if len(members) != 3 {
		t.Errorf("%d members", len(members))
	}
}
