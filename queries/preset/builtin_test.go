package preset

import (
	"flag"
	"net/netip"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"trailsift/model"
	"trailsift/model/filter"
)

var update = flag.Bool("update", false, "rewrite docs/presets.md")

const page = "../../docs/presets.md"

func TestReferenceIsNotStale(t *testing.T) {
	if *update {
		if err := os.WriteFile(page, []byte(Reference()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil || string(got) != Reference() {
		t.Errorf("docs/presets.md is stale (%v): run go test ./queries/preset -update", err)
	}
}

// request is what a test knows of one: fields and JSON paths by name.
type request map[string]string

func (r request) kept(f model.Filter) bool {
	for _, t := range f.Terms {
		if r.has(t) == t.Not {
			return false
		}
	}
	return true
}

func (r request) has(t model.Term) bool {
	name := string(t.Field)
	if t.Field == model.FieldJSON {
		name += "." + t.Path
	}
	if t.Field == model.FieldRecords {
		return true
	}
	got, ok := r[name]
	if t.Op == model.Present || !ok {
		return ok
	}
	for _, v := range t.Values {
		if holds(t, v, got) {
			return true
		}
	}
	return false
}

func holds(t model.Term, v model.Value, got string) bool {
	in, _ := model.Lookup(t.Field)
	switch {
	case t.Field == model.FieldHour:
		h, ok := filter.ParseHours(v)
		at, err := time.Parse(time.RFC3339, got)
		return ok && err == nil && h.Holds(at.Unix())
	case t.Op == model.Matches:
		return regexp.MustCompile(v.Text).MatchString(got)
	case t.Op == model.AtLeast:
		a, _ := strconv.Atoi(got)
		b, _ := strconv.Atoi(v.Text)
		return a >= b
	case v.Glob:
		return filter.Glob(v.Text, got)
	case in.Kind == model.KindFold:
		return strings.EqualFold(v.Text, got)
	}
	if block, ok := filter.Block(v); ok && t.Field == model.FieldIP {
		a, err := netip.ParseAddr(got)
		return err == nil && block.Contains(a)
	}
	return v.Text == got
}

// TestEveryPresetFindsWhatItAsksFor names each preset with one request it finds and one it does not.
func TestEveryPresetFindsWhatItAsksFor(t *testing.T) {
	get := request{"op": "GetObject", "outcome": "ok", "service": "s3", "bucket": "b", "key": "k", "object": "b/k", "ip": "203.0.113.9", "actor": "arn:aws:iam::1:user/x"}
	with := func(pairs ...string) request {
		r := request{}
		for k, v := range get {
			r[k] = v
		}
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i+1] == "" {
				delete(r, pairs[i])
			} else {
				r[pairs[i]] = pairs[i+1]
			}
		}
		return r
	}
	put := with("op", "PutObject")
	cases := map[string]struct{ finds, leaves request }{
		"access-denied-events":        {with("outcome", "denied"), get},
		"access-key-usage":            {with("access_key", "AKIAX"), get},
		"accounts-and-owners":         {with("actor_account", "1", "bucket_account", "2"), get},
		"acl-required":                {with("acl_required", "true"), get},
		"actor-activity":              {get, with("actor", "")},
		"altered-evidence":            {with("integrity", "unlisted"), with("integrity", "verified")},
		"anonymous-access":            {with("actor", "anonymous", "outcome", "denied"), get},
		"anonymous-success":           {with("actor", "anonymous"), with("actor", "anonymous", "outcome", "denied")},
		"automation":                  {with("agent", "aws-sdk-go"), with("agent", "[Mozilla/5.0]")},
		"bucket-enumeration":          {with("op", "HeadBucket"), get},
		"buckets":                     {get, with("bucket", "")},
		"buckets-deleted":             {with("op", "DeleteBucket"), with("op", "DeleteBucketPolicy")},
		"bytes-to-ip":                 {get, put},
		"bulk-delete":                 {with("op", "BATCH.DELETE.OBJECT"), get},
		"bulk-download":               {get, with("op", "HeadObject")},
		"copy-to-foreign-bucket":      {with("op", "CopyObject", "is", "foreign-bucket"), with("op", "CopyObject")},
		"cross-account-access":        {with("is", "foreign-caller"), get},
		"data-access-gap":             {get, nil},
		"delivery-reconciliation":     {get, nil},
		"exfiltration":                {get, with("actor", "")},
		"persistence":                 {with("op", "CreateAccessKey"), get},
		"public-exposure":             {get, nil},
		"sse-c-unblocked":             {with("op", "PutBucketEncryption", "request", `{"BlockedEncryptionTypes":{"EncryptionType":["NONE"]}}`), with("op", "PutBucketEncryption", "request", `{"BlockedEncryptionTypes":{"EncryptionType":["SSE-C"]}}`)},
		"foreign-kms-key":             {with("op", "PutObject", "is", "foreign-kms-key", "enc", "sse-kms"), with("op", "PutObject", "is", "foreign-kms-key", "enc", "not-written")},
		"key-from-many-ips":           {with("access_key", "AKIAX"), with("access_key", "AKIAX", "ip", "athena.amazonaws.com")},
		"kms-only-reads":              {get, nil},
		"new-user-agent":              {with("access_key", "AKIAX", "agent", "curl"), get},
		"off-hours-access":            {with("hour", "2026-03-07T03:00:00Z"), with("hour", "2026-03-07T12:00:00Z")},
		"short-lifecycle":             {with("op", "PutBucketLifecycle", "request", `{"LifecycleConfiguration":{"Rule":[{"Expiration":{"Days":1}}]}}`), with("op", "PutBucketLifecycle", "request", `{"Expiration":{"Days":90}}`)},
		"slow-transfers":              {with("duration_ms", "10000"), with("duration_ms", "9999")},
		"unknown-requesters":          {get, with("actor", "arn:aws:iam::1:role/aws-service-role/x")},
		"most-common-actions-per-day": {get, nil},
		"compare-actors":              {get, nil},
		"compare-windows":             {get, nil},
		"copies-by-target":            {with("op", "UploadPartCopy"), put},
		"data-management-changes":     {with("op", "PutBucketLogging"), get},
		"deletes":                     {with("op", "DeleteObjects"), put},
		"denied-by-ip":                {with("status", "404"), with("status", "200")},
		"duplicates-and-conflicts":    {with("flags", "conflict"), with("flags", "duplicate")},
		"encryption-breakdown":        {with("enc", "sse-s3"), with("enc", "n/a")},
		"failed-authentication":       {with("error", "SignatureDoesNotMatch"), with("error", "AccessDenied")},
		"failed-writes":               {with("enc", "not-written"), with("enc", "none")},
		"get-requesters":              {get, put},
		"header-vs-default":           {with("enc", "sse-kms"), with("enc", "sse-kms-default")},
		"instance-creds-outside":      {with("actor_type", "AssumedRole", "session", "i-0a1b"), with("actor_type", "AssumedRole", "session", "i-0a1b", "ip", "10.1.2.3")},
		"ip-not-in-allowlist":         {get, with("ip", "192.168.3.4")},
		"key-addresses":               {with("access_key", "AKIAX"), get},
		"key-agents":                  {with("access_key", "AKIAX", "agent", "curl"), get},
		"kms-keys":                    {with("kms_key", "arn:aws:kms:::key/1"), get},
		"kms-reads":                   {with("service", "kms", "op", "Decrypt"), get},
		"large-downloads":             {with("bytes_out", "10485760"), with("bytes_out", "10485759")},
		"lifecycle-deletions":         {with("op_raw", "S3.EXPIRE.OBJECT"), with("op_raw", "REST.DELETE.OBJECT")},
		"lifecycle-rules":             {with("op", "PutBucketLifecycle"), with("op", "GetBucketLifecycle")},
		"logging-tampering":           {with("op", "StopLogging"), nil},
		"mfa-missing-writes":          {with("op", "DeleteObject", "mfa", "false"), with("op", "DeleteObject")},
		"most-denied-principals":      {with("outcome", "failed"), get},
		"multi-object-deletes":        {with("op", "BATCH.DELETE.OBJECT"), with("op", "DeleteObject")},
		"object-timeline":             {get, with("object", "")},
		"odd-records":                 {with("flags", "quote-ambiguous"), with("flags", "upload-started")},
		"only-in-access-log":          {with("witness", "access-only"), with("witness", "both")},
		"only-in-cloudtrail":          {with("witness", "cloudtrail-only"), with("witness", "other-log-absent")},
		"permission-changes":          {with("op", "PutBucketPolicy"), with("op", "GetBucketPolicy")},
		"plain-http":                  {with("log", "access", "op_raw", "REST.GET.OBJECT", "auth", "none"), with("log", "access", "op_raw", "REST.GET.OBJECT", "auth", "none", "tls", "TLSv1.2")},
		"policy-names-everybody":      {with("op", "PutBucketPolicy", "request", `{"bucketPolicy":{"Statement":[{"Principal":{"AWS":["*"]}}]}}`), with("op", "PutBucketPolicy", "request", `{"bucketPolicy":{"Statement":[{"Principal":{"AWS":"arn:aws:iam::1:root"},"Resource":"*"}]}}`)},
		"presigned-url-use":           {with("auth", "query"), nil},
		"public-acl":                  {with("json.requestParameters.x-amz-acl", `["public-read-write"]`), with("json.requestParameters.x-amz-acl", "bucket-owner-full-control")},
		"put-requesters":              {put, get},
		"ransom-note":                 {with("op", "PutObject", "key", "finance/HOW_TO_DECRYPT.txt"), with("op", "PutObject", "key", "src/README.md")},
		"redelivered-records":         {with("flags", "duplicate"), with("flags", "conflict")},
		"re-encrypted":                {with("flags", "re-encrypted"), get},
		"role-sessions":               {with("actor_type", "AssumedRole"), with("actor_type", "IAMUser")},
		"role-switches":               {with("service", "sts", "op", "AssumeRoleWithSAML"), with("service", "sts", "op", "GetCallerIdentity")},
		"root-activity":               {with("actor_type", "Root"), get},
		"self-copy-rewrite":           {with("op", "CopyObject", "is", "self-copy"), with("op", "CopyObject")},
		"sensitive-keys":              {with("key", "config/deploy/.env"), with("key", "img/logo.png")},
		"service-writes":              {with("op", "PutObject", "invoked_by", "cloudtrail.amazonaws.com"), put},
		"sigv2-requesters":            {with("sig", "SigV2"), with("sig", "SigV4")},
		"slow-or-failed-transfers":    {with("status", "503"), with("status", "404")},
		"sse-c-reads":                 {with("enc_req", "sse-c"), get},
		"sse-c-refused":               {with("enc_req", "sse-c", "enc", "not-written"), with("enc_req", "sse-c", "enc", "sse-c")},
		"sse-c-writes":                {with("enc", "sse-c"), with("enc", "sse-s3")},
		"top-error-codes":             {with("outcome", "failed"), get},
		"top-talkers":                 {get, with("service", "kms")},
		"unencrypted-writes":          {with("enc", "not-reported"), with("enc", "not-written")},
		"unproven-evidence":           {with("integrity", "uncovered"), with("integrity", "n/a")},
		"unusual-user-agents":         {with("agent", "rclone"), get},
		"versioning-suspended":        {with("op", "PutBucketVersioning", "json.requestParameters.VersioningConfiguration.Status", "Suspended"), with("op", "PutBucketVersioning", "json.requestParameters.VersioningConfiguration.Status", "Enabled")},
		"versions-deleted":            {with("op", "DeleteObject", "version", "v1"), with("op", "DeleteObject")},
		"vpce-external-ip":            {with("vpce", "vpce-1"), with("vpce", "vpce-1", "ip", "10.20.4.17")},
		"weak-tls":                    {with("tls", "TLSv1.1"), with("tls", "TLSv1.2")},
		"who-deleted-object":          {with("op", "DeleteObject"), get},
		"our-own-traffic":             {with("agent", "[trailsift/0.1.0 case/3f9a1c20]"), with("agent", "aws-cli/2.1")},
	}
	all := Builtin()
	for _, p := range all {
		t.Run(p.Name, func(t *testing.T) {
			c, ok := cases[p.Name]
			if !ok {
				t.Fatal("the table does not name it")
			}
			q, err := p.Query(nil, time.Time{})
			if err != nil {
				t.Fatal(err)
			}
			if !c.finds.kept(q.Filter) {
				t.Errorf("%s leaves %v out", filter.Print(q.Filter), c.finds)
			}
			if c.leaves != nil && c.leaves.kept(q.Filter) {
				t.Errorf("%s finds %v", filter.Print(q.Filter), c.leaves)
			}
			if p.Topic == "" || p.Empty == "" || len(p.Evidence) == 0 || len(p.Name) > 27 || !strings.HasSuffix(p.Question, "?") {
				t.Error("a topic, how to read an empty answer, evidence, a name of at most 27 characters and a question are wanted")
			}
		})
	}
	if len(all) != len(cases) {
		t.Errorf("%d presets, %d in the table", len(all), len(cases))
	}
}

// canonical are the questions that investigators of S3 logs ask again and again, in the order of the
// list they are taken from. Of two names in one place the second is a question of its own.
var canonical = []string{
	"who-deleted-object", "object-timeline", "actor-activity", "bytes-to-ip", "put-requesters", "get-requesters", "anonymous-access", "anonymous-success",
	"acl-required", "sigv2-requesters", "weak-tls", "plain-http", "denied-by-ip", "access-denied-events", "top-error-codes", "most-denied-principals",
	"top-talkers", "large-downloads", "bulk-download", "bulk-delete", "multi-object-deletes", "ransom-note", "sse-c-writes", "foreign-kms-key",
	"encryption-breakdown", "unencrypted-writes", "header-vs-default", "copy-to-foreign-bucket", "self-copy-rewrite", "bucket-enumeration",
	"permission-changes", "data-management-changes", "logging-tampering", "lifecycle-deletions", "short-lifecycle", "access-key-usage",
	"key-from-many-ips", "new-user-agent", "root-activity", "mfa-missing-writes", "instance-creds-outside", "presigned-url-use", "vpce-external-ip",
	"unusual-user-agents", "kms-only-reads", "service-writes", "unknown-requesters", "ip-not-in-allowlist", "cross-account-access",
	"slow-or-failed-transfers", "data-access-gap", "delivery-reconciliation", "duplicates-and-conflicts", "most-common-actions-per-day", "off-hours-access",
}

func TestEveryCanonicalQuestionHasItsCard(t *testing.T) {
	if len(canonical) != 54+1 {
		t.Fatalf("%d questions", len(canonical))
	}
	all := map[string]Preset{}
	for _, p := range Builtin() {
		all[p.Name] = p
	}
	for _, name := range canonical {
		p, ok := all[name]
		if !ok {
			t.Errorf("%s has no card", name)
			continue
		}
		for member, text := range map[string]string{"how to read the answer": p.Reading, "how to read an empty one": p.Empty, "what to ask next": p.Next} {
			if len(text) < 20 {
				t.Errorf("%s does not say %s", name, member)
			}
		}
		if p.Question == "" || len(p.Evidence) == 0 {
			t.Errorf("%s asks nothing, or does not say of what evidence", name)
		}
		if p.Audit != "" && (p.Command() == "preset run" || p.Counts() == "requests") {
			t.Errorf("%s names no command, or nothing that its number counts", name)
		}
	}
}

func TestNamesInCardsAreThere(t *testing.T) {
	names := map[string]bool{}
	for _, p := range Builtin() {
		names[p.Name] = true
	}
	// What looks like a preset's name and is none.
	plain := regexp.MustCompile(`^(pre-signed|long-lived|clean-up|multi-object|not-written|not-reported|access-log|assumed-role|object-creating|customer-provided|quote-ambiguous|python-requests)$`)
	word := regexp.MustCompile(`\b[a-z]+(-[a-z0-9]+)+`)
	for _, p := range Builtin() {
		for _, w := range word.FindAllString(p.Reading+" "+p.Empty+" "+p.Next, -1) {
			if !names[w] && !plain.MatchString(w) {
				t.Errorf("%s speaks of %s, which is no preset", p.Name, w)
			}
		}
	}
}

func TestAnswersAreAskedForInOneWay(t *testing.T) {
	const head = "name: x\ntitle: x\nquestion: x\nfilter: ''\n"
	for text, want := range map[string]string{
		"audit: nope\n":                                 "there is no audit",
		"audit: links\ngroup: [ip]\n":                   "an audit is neither grouped nor sorted",
		"over: week\ngroup: [ip]\n":                     "there is no stretch of time",
		"over: day\n":                                   "sums need fields to group by",
		"least: [keys 5]\ngroup: [ip]\n":                `there is no sum of "keys"`,
		"least: [since 5]\ngroup: [ip]\n":               `there is no sum of "since"`,
		"least: [objects many]\ngroup: [ip]\n":          `"many" is no number`,
		"least: ['objects 5 op:*']\ngroup: [ip]\n":      "is no number",
		"least: ['objects >5']\ngroup: [ip]\n":          "is no number",
		"least: ['bytes 50MB', ip 2]\ngroup: [actor]\n": "",
	} {
		p, err := Parse("F", []byte(head+text))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v", text, err)
		}
		if by, _ := p.Sums(nil); want == "" && (len(by.Least) != 2 || by.Least[0].Least != 50<<20 || by.Least[1].Of != model.FieldIP) {
			t.Errorf("%q: %+v", text, by)
		}
	}
	p := Preset{Group: []string{"actor"}, Least: []string{"objects {n}"}, Params: []Param{{Name: "n", Default: "50"}}}
	if by, err := p.Sums(map[string]string{"n": "7"}); err != nil || by.Least[0].Least != 7 {
		t.Errorf("%+v, %v", by, err)
	}
	if _, err := p.Sums(map[string]string{"n": "7 key:x"}); err == nil {
		t.Error("a bound took more than a number")
	}
}

func TestNeedsAreToldInWords(t *testing.T) {
	p := Preset{Evidence: []string{"verification"}}
	o := model.Overview{ByIntegrity: map[model.Integrity]int64{model.NotChecked: 5, model.IntegrityNA: 2}}
	if got := p.Missing(o); got != "needs a verification of the digests, and the case holds none" {
		t.Errorf("unverified: %q", got)
	}
	o.ByIntegrity[model.Verified] = 1
	if got := p.Missing(o); got != "" {
		t.Errorf("verified: %q", got)
	}
	p.Evidence = []string{"access", "cloudtrail-data"}
	if got := p.Missing(model.Overview{}); got != "needs server access logs or CloudTrail data events, and the case holds none" {
		t.Errorf("nothing: %q", got)
	}
	if got := p.Missing(model.Overview{DataEvents: true}); got != "" {
		t.Errorf("one of two: %q", got)
	}
}
