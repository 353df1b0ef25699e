package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trailsift/loaders/s3/accountfake"
	"trailsift/model/integrity"
	"trailsift/model/recording"
)

const auditTrail = "arn:aws:cloudtrail:us-east-1:111122223333:trail/audit"

// levels are a report's lines: about, topic and level by "ABOUT: TOPIC".
func levels(t *testing.T, text string) map[string]string {
	t.Helper()
	var r doctorReport
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	out := map[string]string{}
	for _, l := range r.Lines {
		out[l.About[strings.LastIndexByte(l.About, '/')+1:]+": "+l.Topic] = string(l.Level)
		if l.Means == "" || l.Asked.IsZero() && l.Level != recording.Unread {
			t.Errorf("%+v", l)
		}
	}
	return out
}

func TestTheDoctorTellsWhatIsRecorded(t *testing.T) {
	credentials(t)
	a := accountfake.New(t, accountfake.Acme())
	out, errs, code := said(t, "doctor", "--format", "json", "s3://acme-finance", "s3://acme-web")
	if code != exitDone {
		t.Fatalf("exit %d: %s%s", code, out, errs)
	}
	got := levels(t, out)
	for line, want := range map[string]string{
		"acme-finance: access logging": "good", "acme-access: target of access logs: permission": "good", "acme-access: target of access logs: region": "good",
		"acme-access: target of access logs: encryption": "good", "acme-access: target of access logs: versioning": "bad",
		"acme-finance: data events": "good", "acme-finance: default encryption": "note", "acme-finance: blocked encryption types": "good", "acme-finance: versioning": "good",
		"acme-finance: MFA delete": "note", "acme-finance: Object Lock": "good", "acme-finance: public access block": "good", "acme-finance: policy status": "good",
		"acme-web: access logging": "bad", "acme-web: data events": "bad", "acme-web: versioning": "bad", "acme-web: blocked encryption types": "note", "acme-web: Object Lock": "note",
		"acme-web: public access block": "bad", "acme-web: policy status": "bad",
		"audit: logging": "good", "audit: log file validation": "good", "audit: management events": "good", "acme-audit-logs: bucket of the trail: permission": "good",
		"acme-audit-logs: bucket of the trail: versioning": "good", "acme-audit-logs: bucket of the trail: MFA delete": "good",
		"0a1b2c3d-1111-2222-3333-444455556666: KMS key: state": "good", "0a1b2c3d-1111-2222-3333-444455556666: KMS key: policy": "good",
	} {
		if got[line] != want {
			t.Errorf("%s: %q, want %q", line, got[line], want)
		}
	}
	calls, agents := a.Asked()
	for i, c := range calls {
		if name, _, _ := strings.Cut(c, " "); !strings.HasPrefix(name, "Get") && !strings.HasPrefix(name, "Describe") || !strings.HasPrefix(agents[i], "trailsift/") {
			t.Errorf("%s by %s", c, agents[i])
		}
	}
	if slices.Sort(calls); len(slices.Compact(calls)) != len(calls) {
		t.Errorf("asked twice: %v", calls)
	}
}

func TestTheDoctorGoesOnWhereItIsDenied(t *testing.T) {
	credentials(t)
	a := accountfake.New(t, accountfake.Acme())
	a.Set("GetBucketEncryption", "acme-web", "!AccessDenied")
	a.Set("GetEventSelectors", auditTrail, "!AccessDeniedException")
	out, _, code := said(t, "doctor", "s3://acme-web")
	if code != exitIncomplete || !strings.Contains(out, "default encryption: AccessDenied") || !strings.Contains(out, "it needs s3:GetEncryptionConfiguration") || !strings.Contains(out, "versioning: Suspended") {
		t.Errorf("exit %d: %s", code, out)
	}
	if !strings.Contains(out, "unread  data events:") {
		t.Errorf("what no trail's selectors tell is told: %s", out)
	}
	if out, _, code = said(t, "doctor", "s3://acme-nothing"); code != exitNothing {
		t.Errorf("exit %d: %s", code, out)
	}
	a.Set("GetCallerIdentity", "", "!ExpiredToken")
	if out, errs, code := said(t, "doctor", "s3://acme-web"); code != exitAccess || !strings.Contains(errs, "token has expired") {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
}

func TestTheDoctorNeedsWhatItsPolicyNames(t *testing.T) {
	credentials(t)
	reached, _ := listener(t)
	out, _, code := said(t, "doctor", "--policy", "s3://acme-audit-logs/AWSLogs/", "--trail", auditTrail)
	var p struct {
		Statement []struct{ Action, Resource []string }
	}
	if err := json.Unmarshal([]byte(out), &p); err != nil || code != 0 || reached() != 0 {
		t.Fatalf("exit %d after %d connections, %v: %s", code, reached(), err, out)
	}
	var actions []string
	for _, s := range p.Statement {
		actions = append(actions, s.Action...)
	}
	for _, c := range recording.Calls {
		if c.Action != "" && !slices.Contains(actions, c.Action) {
			t.Errorf("%s is not allowed", c.Action)
		}
	}
	for _, a := range actions {
		_, verb, _ := strings.Cut(a, ":")
		if !strings.HasPrefix(verb, "Get") && !strings.HasPrefix(verb, "List") && !strings.HasPrefix(verb, "Describe") && verb != "Decrypt" || strings.Contains(verb, "*") {
			t.Errorf("%s is more than reading", a)
		}
	}
	if script, _, code := said(t, "doctor", "--script", "s3://acme-web"); code != 0 || !strings.Contains(script, "aws s3api get-bucket-logging --bucket 'acme-web' > 'acme-web.get-bucket-logging.json'") || reached() != 0 {
		t.Errorf("exit %d: %s", code, script)
	}
}

// oneRead is a case with one read of acme-web's object at the beginning of March 2026.
func oneRead(t *testing.T) (dir string) {
	t.Helper()
	folder := t.TempDir()
	record := strings.Replace(read("11111111-2222-4333-8444-555555555555", "k"), `"bucketName":"b"`, `"bucketName":"acme-web"`, 1)
	record = strings.Replace(record, `"eventID"`, `"recipientAccountId":"111122223333","eventID"`, 1)
	if err := os.WriteFile(filepath.Join(folder, "log.json"), []byte(record), 0o644); err != nil {
		t.Fatal(err)
	}
	dir = filepath.Join(t.TempDir(), "acme.case")
	if out, code := command(t, "load", "-q", "--case", dir, folder); code != 0 {
		t.Fatalf("load: exit %d: %s", code, out)
	}
	return dir
}

func TestAnswersAreKeptAndCountFromTheirDateOn(t *testing.T) {
	credentials(t)
	accountfake.New(t, accountfake.Acme())
	dir := oneRead(t)
	out, errs, code := said(t, "doctor", "--case", dir)
	if code != exitDone || !strings.Contains(out, "kept as aws/answers-") || !strings.Contains(out, "acme-web") {
		t.Fatalf("exit %d: %s%s", code, out, errs)
	}
	ledger, err := os.ReadFile(filepath.Join(dir, "ledger.jsonl"))
	if err != nil || !strings.Contains(string(ledger), `"act":"doctor"`) || !strings.Contains(string(ledger), `"act":"requests"`) {
		t.Errorf("%v: %s", err, ledger)
	}
	// The evidence ends in 2026-03-01, the answers are of today, whatever that is.
	before, _ := command(t, "case", "coverage", dir, "2026-03-01", "2026-03-02", "--format", "csv")
	after, _ := command(t, "case", "coverage", dir, "2035-01-01", "2035-01-02", "--format", "csv")
	if strings.Contains(before, "not selected") || strings.Count(after, "acme-web,not selected") != 2*24 || strings.Contains(after, "acme-web,unknown") {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "aws", "answers-*.json"))
	if len(files) != 1 {
		t.Fatal(files)
	}
	text, err := os.ReadFile(files[0])
	if err != nil || strings.Contains(string(text), hiddenSecret) || strings.Contains(string(text), shownKey) {
		t.Errorf("%v", err)
	}
	if err := os.WriteFile(files[0], append(text, ' '), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, errs, _ := said(t, "case", "coverage", dir); !strings.Contains(errs, "changed since they were kept") {
		t.Errorf("changed answers are taken: %s", errs)
	}
}

func TestTheTrailsOfACaseAreThoseItsDigestsName(t *testing.T) {
	chain := func(account, region, home, trail string) integrity.Chain {
		return integrity.Chain{Account: account, Region: region, Home: home, Trail: trail}
	}
	got := trailsOf(&integrity.Report{Chains: []integrity.Chain{
		chain("111122223333", "us-east-1", "us-east-1", "audit"), chain("111122223333", "eu-west-1", "us-east-1", "audit"),
		chain("111122223333", "us-east-1", "us-east-1", "org-trail"), chain("444455556666", "us-east-1", "us-east-1", "org-trail"),
		chain("111122223333", "us-east-1", "evil.example/", "audit"), chain("111122223333", "us-east-1", "us-east-1", "a b"),
	}})
	if len(got) != 1 || got[0] != auditTrail || trailsOf(nil) != nil {
		t.Errorf("%v", got)
	}
}

func TestSavedAnswersStandInForAsking(t *testing.T) {
	credentials(t)
	reached, _ := listener(t)
	folder := t.TempDir()
	for name, text := range map[string]string{
		"get-caller-identity.json":               `{"UserId":"AIDA","Account":"111122223333","Arn":"arn:aws:iam::111122223333:user/ir"}`,
		"acme-web.get-bucket-location.json":      `{"LocationConstraint":null}`,
		"acme-web.get-bucket-logging.json":       "",
		"acme-web/get-bucket-versioning.json":    `{"Status":"Enabled"}`,
		"acme-web.get-public-access-block.json":  "\nAn error occurred (NoSuchPublicAccessBlockConfiguration) when calling the GetPublicAccessBlock operation: The public access block configuration was not found\n",
		"acme-web.get-bucket-policy-status.json": "\nAn error occurred (AccessDenied) when calling the GetBucketPolicyStatus operation: Access Denied\n",
		"us-east-1.describe-trails.json":         `{"trailList":[{"Name":"audit","TrailARN":"` + auditTrail + `","S3BucketName":"acme-audit-logs","LogFileValidationEnabled":false}]}`,
		"audit.get-trail-status.json":            `{"IsLogging":true,"StartLoggingTime":"2026-01-01T00:00:00+00:00"}`,
		"selectors.json":                         `{"TrailARN":"` + auditTrail + `","EventSelectors":[{"ReadWriteType":"All","IncludeManagementEvents":true,"DataResources":[]}]}`,
		"notes.txt":                              "not an answer",
	} {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, fixedNow(), fixedNow()); err != nil {
			t.Fatal(err)
		}
	}
	dir := oneRead(t)
	out, errs, code := said(t, "doctor", "--format", "json", "--case", dir, "--saved", folder, "s3://acme-web")
	if code != exitIncomplete || !strings.Contains(errs, "notes.txt") || reached() != 0 {
		t.Fatalf("exit %d after %d connections: %s%s", code, reached(), out, errs)
	}
	got := levels(t, out)
	for line, want := range map[string]string{
		"acme-web: access logging": "bad", "acme-web: versioning": "good", "acme-web: public access block": "bad", "acme-web: policy status": "unread",
		"acme-web: data events": "bad", "audit: log file validation": "bad", "audit: logging": "good", "acme-web: default encryption": "unread",
	} {
		if got[line] != want {
			t.Errorf("%s: %q, want %q", line, got[line], want)
		}
	}
	csv, _ := command(t, "case", "coverage", dir, "2026-03-01", "2026-03-21", "--format", "csv")
	count := func(from, to, state string) (n int) {
		for line := range strings.Lines(csv) {
			if line >= from && line < to && strings.Contains(line, "acme-web,"+state+",") {
				n++
			}
		}
		return n
	}
	if count("2026-03-01", "2026-03-20", "not selected") != 0 || count("2026-03-20", "2026-03-21", "not selected") != 2*24 { // in either log
		t.Errorf("not selected before the answers in %d hours, after them in %d:\n%.600s", count("2026-03-01", "2026-03-20", "not selected"), count("2026-03-20", "2026-03-21", "not selected"), csv)
	}
	if out, _, code := said(t, "doctor", "--saved", filepath.Join(folder, "notes.txt"), "s3://acme-web"); code != exitNothing {
		t.Errorf("exit %d: %s", code, out)
	}
}
