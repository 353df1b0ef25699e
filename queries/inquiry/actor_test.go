package inquiry

import (
	"fmt"
	"testing"
	"time"

	"trailsift/model"
	"trailsift/model/answer"
	"trailsift/model/filter"
)

func TestAValueIsTakenForWhatItLooksLike(t *testing.T) {
	for value, want := range map[string]string{
		"arn:aws:iam::111122223333:role/service/Backup*":      `role actor:("arn:aws:iam::111122223333:role/service/Backup\*"|"arn:aws:sts::111122223333:assumed-role/Backup\*/*")`,
		"arn:aws-cn:iam::111122223333:role/R":                 `role actor:(arn:aws-cn:iam::111122223333:role/R|arn:aws-cn:sts::111122223333:assumed-role/R/*)`,
		"arn:aws:sts::111122223333:assumed-role/BackupRole/x": "session actor:arn:aws:sts::111122223333:assumed-role/BackupRole/x",
		"arn:aws:iam::111122223333:user/ada":                  "principal actor:arn:aws:iam::111122223333:user/ada",
		"anonymous":                                           "principal actor:anonymous",
		"AKIAQ7DEMOLEAKEDKEY1":                                "access key access_key:AKIAQ7DEMOLEAKEDKEY1",
		"111122223333":                                        "account actor_account:111122223333",
		"2001:db8::7":                                         `address ip:2001:db8::7`,
		"203.0.113.0/24":                                      "address ip:203.0.113.0/24",
		"i-0a1b2c3d":                                          "session name session:i-0a1b2c3d",
		"8f1d5a1c0be94c4db1f1d9f0b4a3f2b6c1e77e0d5c1a4b0f9a3c2d1e0f5b6a79": "canonical id actor:8f1d5a1c0be94c4db1f1d9f0b4a3f2b6c1e77e0d5c1a4b0f9a3c2d1e0f5b6a79",
	} {
		term, kind := ActorTerm(value)
		if got := kind + " " + filter.PrintTerm(term); got != want {
			t.Errorf("%s:\n got %s\nwant %s", value, got, want)
		}
	}
}

func TestWhatIsNewOfAHomeIsNamed(t *testing.T) {
	home := answer.Home{IP: "10.0.0.1", Agent: "a", TLS: "TLSv1.2", Endpoint: "vpce-1"}
	away := answer.Home{IP: "192.0.2.1", Agent: "a", TLS: "TLSv1.3"}
	for name, c := range map[string]struct {
		before []answer.Home
		now    answer.Home
		want   string
	}{
		"the first":                       {nil, home, "[]"},
		"the same":                        {[]answer.Home{home}, home, "[]"},
		"all but the agent":               {[]answer.Home{home}, away, "[address tls endpoint]"},
		"back home":                       {[]answer.Home{home, away}, home, "[]"},
		"a part that is not told":         {[]answer.Home{home}, answer.Home{IP: "10.0.0.1", Agent: "a", Endpoint: "vpce-1"}, "[]"},
		"a part that was not told so far": {[]answer.Home{{IP: "10.0.0.1"}}, answer.Home{IP: "10.0.0.1", TLS: "TLSv1.2"}, "[]"},
	} {
		if got := fmt.Sprint(moved(c.before, c.now)); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestLineageHasTwoJoins(t *testing.T) {
	t0 := time.Date(2026, 3, 7, 3, 5, 1, 0, time.UTC)
	event := func(key string) answer.Event { return answer.Event{AccessKey: key, Op: "AssumeRole", Time: &t0} }
	f := family{
		issues: []issue{
			{event: event("AKIA1"), at: t0, key: "ASIA2"},
			{event: event("ASIA2"), at: t0.Add(time.Hour), principalID: "AROA:s"},
			{event: event("ASIA2"), at: t0.Add(2 * time.Hour), principalID: "AROA:s"},
			{event: event("ASIA9"), at: t0, key: "ASIA9"}, // a record that names itself
		},
		used: map[string]model.Credential{
			"AKIA1": {AccessKey: "AKIA1"}, "ASIA2": {AccessKey: "ASIA2"}, "ASIA9": {AccessKey: "ASIA9"},
			"ASIA3": {AccessKey: "ASIA3", PrincipalID: "AROA:s", Created: t0.Add(time.Hour - time.Second)},
			"ASIA4": {AccessKey: "ASIA4", PrincipalID: "AROA:s", Created: t0.Add(30 * time.Minute), Session: "i-0a"},
		},
	}
	l := f.link("ASIA3")
	f.up(&l, map[string]bool{"ASIA3": true})
	if l.By != "session-time" || l.From == nil || l.From.AccessKey != "ASIA2" || l.From.By != "issued-key" || l.From.From.AccessKey != "AKIA1" {
		t.Errorf("up: %+v", l)
	}
	l = f.link("ASIA4")
	if f.up(&l, map[string]bool{}); l.From != nil || l.Note != "issuer not in evidence; the session is named like an instance, which gets its credentials from EC2" {
		t.Errorf("no issuer: %+v", l)
	}
	down := f.down("AKIA1", map[string]bool{})
	if len(down) != 1 || len(down[0].Issues) != 2 || down[0].Issues[0].AccessKey != "ASIA3" || down[0].Issues[1].Note == "" {
		t.Errorf("down: %+v", down)
	}
	l = f.link("ASIA9")
	f.up(&l, map[string]bool{"ASIA9": true})
	f.down("ASIA9", map[string]bool{"ASIA9": true}) // ends
}
