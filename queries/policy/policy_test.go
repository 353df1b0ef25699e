package policy

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trailsift/model"
)

const finance = `rules:
  - name: backups
    bucket: acme-finance
    prefix: backups/
    allow: [sse-kms]
    keys: ["arn:aws:kms:us-east-1:111122223333:key/5b1f9c3e-6a57-4c1e-9b7d-0e6f5a1c2d3e"]
    since: 2026-03-02T00:00:00Z
  - name: finance
    bucket: acme-fin*
    allow: ["sse-kms*", dsse-kms]
    threshold: 2
`

func TestTheFirstRuleThatCoversAWriteJudgesIt(t *testing.T) {
	p, err := Parse("p.yaml", []byte(finance))
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 3, 5, 0, 0, 0, 0, time.UTC)
	mine := "arn:aws:kms:us-east-1:111122223333:key/5b1f9c3e-6a57-4c1e-9b7d-0e6f5a1c2d3e"
	for name, c := range map[string]struct {
		w    Write
		rule int
		v    Verdict
	}{
		"another bucket is under no rule":          {Write{Bucket: "acme-web", Key: "a", Enc: model.EncSSEC}, -1, NotJudged},
		"the allowed key":                          {Write{Bucket: "acme-finance", Key: "backups/a", Time: at, Enc: model.EncSSEKMS, KMSKey: mine}, 0, Allowed},
		"the allowed key by its id":                {Write{Bucket: "acme-finance", Key: "backups/a", Time: at, Enc: model.EncSSEKMS, KMSKey: mine[len(mine)-36:]}, 0, Allowed},
		"a foreign key":                            {Write{Bucket: "acme-finance", Key: "backups/a", Time: at, Enc: model.EncSSEKMS, KMSKey: "arn:aws:kms:us-east-1:999900001111:key/x"}, 0, Broken},
		"no key named":                             {Write{Bucket: "acme-finance", Key: "backups/a", Time: at, Enc: model.EncSSEKMS}, 0, CannotTell},
		"the bucket's default is not the header's": {Write{Bucket: "acme-finance", Key: "backups/a", Time: at, Enc: model.EncSSEKMSDefault, KMSKey: mine}, 0, Broken},
		"before the rule began":                    {Write{Bucket: "acme-finance", Key: "backups/a", Time: at.AddDate(-1, 0, 0), Enc: model.EncSSEC}, 0, NotJudged},
		"without a time where the rule has one":    {Write{Bucket: "acme-finance", Key: "backups/a", Enc: model.EncSSEC}, 0, CannotTell},
		"a failed write was not written":           {Write{Bucket: "acme-finance", Key: "x", Enc: model.EncNotWritten}, 1, NotJudged},
		"a write only the access log tells of":     {Write{Bucket: "acme-finance", Key: "x", Enc: model.EncUnknown}, 1, CannotTell},
		"the glob takes the default too":           {Write{Bucket: "acme-finance", Key: "x", Enc: model.EncSSEKMSDefault}, 1, Allowed},
		"a customer's key":                         {Write{Bucket: "acme-finance", Key: "x", Enc: model.EncSSEC}, 1, Broken},
		"encryption that is not reported":          {Write{Bucket: "acme-finance", Key: "x", Enc: model.EncNotReported}, 1, Broken},
	} {
		t.Run(name, func(t *testing.T) {
			rule, v, why := p.Judge(c.w)
			if rule != c.rule || v != c.v {
				t.Errorf("rule %d, verdict %d (%s), want %d, %d", rule, v, why, c.rule, c.v)
			}
			if (v == Broken || v == CannotTell) != (why != "") {
				t.Errorf("verdict %d says why %q", v, why)
			}
		})
	}
}

func TestADraftDeniesByHeaders(t *testing.T) {
	p, err := Parse("p.yaml", []byte(finance))
	if err != nil {
		t.Fatal(err)
	}
	draft, err := p.Rules[0].Draft(false)
	if err != nil || len(draft) != 4 {
		t.Fatalf("%d statements, %v", len(draft), err)
	}
	null := draft[0].Condition["Null"]
	if null[sseHeader] != "true" || null[customerHeader] != "true" {
		t.Errorf("the first statement asks for %v", null)
	}
	mine := p.Rules[0].Keys[0]
	for name, c := range map[string]struct {
		w    Write
		want Verdict
	}{
		"no header":                {Write{EncReq: model.EncReqNone}, Broken},
		"a customer's key":         {Write{EncReq: model.EncReqSSEC}, Broken},
		"AES256":                   {Write{EncReq: model.EncReqSSES3}, Broken},
		"KMS with the key":         {Write{EncReq: model.EncReqSSEKMS, KMSKey: mine}, Allowed},
		"KMS with another key":     {Write{EncReq: model.EncReqSSEKMS, KMSKey: "arn:aws:kms:us-east-1:999900001111:key/x"}, Broken},
		"headers nobody tells of":  {Write{}, CannotTell},
		"a write of another place": {Write{Bucket: "other", EncReq: model.EncReqNone}, NotJudged},
	} {
		if c.w.Bucket == "" {
			c.w.Bucket, c.w.Key = "acme-finance", "backups/x"
		}
		if got := p.Rules[0].Denies(draft, c.w); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
	if _, err := p.Rules[0].Draft(true); !errors.Is(err, ErrLogBucket) {
		t.Errorf("log bucket: %v", err)
	}
	if _, err := p.Rules[1].Draft(false); !errors.Is(err, ErrPattern) {
		t.Errorf("pattern: %v", err)
	}
}

func TestADraftWithDefaultsLetsWritesWithoutHeadersPass(t *testing.T) {
	p, err := Parse("p", []byte("rules: [{bucket: b, allow: [sse-kms-default, sse-s3, sse-c]}]"))
	if err != nil {
		t.Fatal(err)
	}
	draft, err := p.Rules[0].Draft(false)
	if err != nil || len(draft) != 1 || draft[0].Sid != "DenyOtherEncryption" {
		t.Fatalf("%+v, %v", draft, err)
	}
	for req, want := range map[model.EncReq]Verdict{model.EncReqNone: Allowed, model.EncReqSSEC: Allowed, model.EncReqSSES3: Allowed, model.EncReqSSEKMS: Broken} {
		if got := p.Rules[0].Denies(draft, Write{Bucket: "b", Key: "k", EncReq: req}); got != want {
			t.Errorf("%v: %d, want %d", req, got, want)
		}
	}
}

func TestAPolicyThatIsWrongIsRefusedWithAReason(t *testing.T) {
	for text, want := range map[string]string{
		"":                                   "one policy",
		"rules: []":                          "no rules",
		"rules: [{allow: [sse-s3]}]":         "names no bucket",
		"rules: [{bucket: b}]":               "allows nothing",
		"rules: [{bucket: b, allow: [aes]}]": `no encryption outcome "aes"`,
		"rules: [{bucket: b, allow: [not-written]}]":                                       "no encryption outcome",
		"rules: [{bucket: b, allow: [sse-kms], keys: [mine]}]":                             "no ARN",
		"rules: [{bucket: b, allow: [sse-s3], since: soon}]":                               "wants a time",
		"rules: [{bucket: b, allow: [sse-s3], threshold: -1}]":                             "threshold",
		"rules:\n  - bucket: b\n    alow: [sse-s3]":                                        "line 3",
		"rules: [{name: a, bucket: b, allow: [sse-s3]}, {name: a, bucket: c, allow: [x]}]": "two rules",
		"a: &a [1]\nrules: *a":                                                             "anchors",
		"rules: " + strings.Repeat("[", 40):                                                "nested too deep",
		strings.Repeat("#\n", form.Lines+1):                                                "too many lines",
		strings.Repeat("#", form.Bytes+1):                                                  "larger than",
	} {
		if _, err := Parse("p.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want %q", text, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(finance))
	f.Add([]byte("rules: [{bucket: b, allow: [sse-kms-default, sse-s3, sse-c]}]"))
	f.Add([]byte("rules:\n- {bucket: '\\*', allow: ['*'], log_bucket: true}\n"))
	if text, err := os.ReadFile(filepath.Join("testdata", "acme.yaml")); err == nil {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := Parse("f", text)
		if err != nil {
			return
		}
		for i := range p.Rules {
			p.Judge(Write{Bucket: p.Rules[i].Bucket, Key: p.Rules[i].Prefix, Enc: model.EncSSEC})
			draft, err := p.Rules[i].Draft(false)
			if err == nil && len(draft) > 4 {
				t.Errorf("%d statements", len(draft))
			}
			for _, s := range draft {
				s.denies(Write{EncReq: model.EncReqSSEKMS, KMSKey: "k"})
			}
		}
	})
}
