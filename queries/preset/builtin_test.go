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
		"access-denied-events":     {with("outcome", "denied"), get},
		"access-key-usage":         {with("access_key", "AKIAX"), get},
		"accounts-and-owners":      {with("actor_account", "1", "bucket_account", "2"), get},
		"acl-required":             {with("acl_required", "true"), get},
		"actor-activity":           {get, with("actor", "")},
		"altered-evidence":         {with("integrity", "unlisted"), with("integrity", "verified")},
		"anonymous-access":         {with("actor", "anonymous", "outcome", "denied"), get},
		"anonymous-success":        {with("actor", "anonymous"), with("actor", "anonymous", "outcome", "denied")},
		"automation":               {with("agent", "aws-sdk-go"), with("agent", "[Mozilla/5.0]")},
		"bucket-enumeration":       {with("op", "HeadBucket"), get},
		"buckets":                  {get, with("bucket", "")},
		"buckets-deleted":          {with("op", "DeleteBucket"), with("op", "DeleteBucketPolicy")},
		"bytes-to-ip":              {get, put},
		"common-actions":           {get, nil},
		"copies-by-target":         {with("op", "UploadPartCopy"), put},
		"data-management-changes":  {with("op", "PutBucketLogging"), get},
		"deletes":                  {with("op", "DeleteObjects"), put},
		"denied-by-ip":             {with("status", "404"), with("status", "200")},
		"duplicates-and-conflicts": {with("flags", "conflict"), with("flags", "duplicate")},
		"encryption-breakdown":     {with("enc", "sse-s3"), with("enc", "n/a")},
		"failed-authentication":    {with("error", "SignatureDoesNotMatch"), with("error", "AccessDenied")},
		"failed-writes":            {with("enc", "not-written"), with("enc", "none")},
		"get-requesters":           {get, put},
		"header-vs-default":        {with("enc", "sse-kms"), with("enc", "sse-kms-default")},
		"instance-keys-outside":    {with("actor_type", "AssumedRole", "session", "i-0a1b"), with("actor_type", "AssumedRole", "session", "i-0a1b", "ip", "10.1.2.3")},
		"ip-not-in-allowlist":      {get, with("ip", "192.168.3.4")},
		"key-addresses":            {with("access_key", "AKIAX"), get},
		"key-agents":               {with("access_key", "AKIAX", "agent", "curl"), get},
		"kms-keys":                 {with("kms_key", "arn:aws:kms:::key/1"), get},
		"kms-reads":                {with("service", "kms", "op", "Decrypt"), get},
		"large-downloads":          {with("bytes_out", "10485760"), with("bytes_out", "10485759")},
		"lifecycle-deletions":      {with("op_raw", "S3.EXPIRE.OBJECT"), with("op_raw", "REST.DELETE.OBJECT")},
		"lifecycle-rules":          {with("op", "PutBucketLifecycle"), with("op", "GetBucketLifecycle")},
		"logging-tampering":        {with("op", "StopLogging"), with("op", "DescribeTrails")},
		"mfa-missing-writes":       {with("op", "DeleteObject", "mfa", "false"), with("op", "DeleteObject")},
		"most-denied-principals":   {with("outcome", "failed"), get},
		"multi-object-deletes":     {with("op", "BATCH.DELETE.OBJECT"), with("op", "DeleteObject")},
		"object-timeline":          {get, with("object", "")},
		"odd-records":              {with("flags", "quote-ambiguous"), with("flags", "upload-started")},
		"only-in-access-log":       {with("witness", "access-only"), with("witness", "both")},
		"only-in-cloudtrail":       {with("witness", "cloudtrail-only"), with("witness", "other-log-absent")},
		"our-own-traffic":          {with("agent", "[trailsift/0.1.0 case/3f9a1c20]"), with("agent", "aws-cli/2.1")},
		"permission-changes":       {with("op", "PutBucketPolicy"), with("op", "GetBucketPolicy")},
		"plain-http":               {with("log", "access", "op_raw", "REST.GET.OBJECT", "auth", "none"), with("log", "access", "op_raw", "REST.GET.OBJECT", "auth", "none", "tls", "TLSv1.2")},
		"policy-names-everybody":   {with("op", "PutBucketPolicy", "request", `{"bucketPolicy":{"Statement":[{"Principal":{"AWS":["*"]}}]}}`), with("op", "PutBucketPolicy", "request", `{"bucketPolicy":{"Statement":[{"Principal":{"AWS":"arn:aws:iam::1:root"},"Resource":"*"}]}}`)},
		"presigned-url-use":        {with("auth", "query"), with("auth", "header")},
		"public-acl":               {with("json.requestParameters.x-amz-acl", `["public-read-write"]`), with("json.requestParameters.x-amz-acl", "bucket-owner-full-control")},
		"put-requesters":           {put, get},
		"ransom-note":              {with("op", "PutObject", "key", "finance/HOW_TO_DECRYPT.txt"), with("op", "PutObject", "key", "src/README.md")},
		"re-encrypted":             {with("flags", "re-encrypted"), get},
		"role-sessions":            {with("actor_type", "AssumedRole"), with("actor_type", "IAMUser")},
		"role-switches":            {with("service", "sts", "op", "AssumeRoleWithSAML"), with("service", "sts", "op", "GetCallerIdentity")},
		"root-activity":            {with("actor_type", "Root"), get},
		"self-copy-rewrite":        {with("op", "CopyObject"), put},
		"sensitive-keys":           {with("key", "config/deploy/.env"), with("key", "img/logo.png")},
		"service-writes":           {with("op", "PutObject", "invoked_by", "cloudtrail.amazonaws.com"), put},
		"sigv2-requesters":         {with("sig", "SigV2"), with("sig", "SigV4")},
		"slow-or-failed-transfers": {with("status", "503"), with("status", "404")},
		"sse-c-reads":              {with("enc_req", "sse-c"), get},
		"sse-c-refused":            {with("enc_req", "sse-c", "enc", "not-written"), with("enc_req", "sse-c", "enc", "sse-c")},
		"sse-c-writes":             {with("enc", "sse-c"), with("enc", "sse-s3")},
		"top-error-codes":          {with("outcome", "failed"), get},
		"top-talkers":              {get, with("service", "kms")},
		"unencrypted-writes":       {with("enc", "not-reported"), with("enc", "not-written")},
		"unproven-evidence":        {with("integrity", "uncovered"), with("integrity", "n/a")},
		"unusual-user-agents":      {with("agent", "rclone"), get},
		"versioning-suspended":     {with("op", "PutBucketVersioning", "json.requestParameters.VersioningConfiguration.Status", "Suspended"), with("op", "PutBucketVersioning", "json.requestParameters.VersioningConfiguration.Status", "Enabled")},
		"versions-deleted":         {with("op", "DeleteObject", "version", "v1"), with("op", "DeleteObject")},
		"vpc-endpoint-outside":     {with("vpce", "vpce-1"), with("vpce", "vpce-1", "ip", "10.20.4.17")},
		"weak-tls":                 {with("tls", "TLSv1.1"), with("tls", "TLSv1.2")},
		"who-deleted-object":       {with("op", "DeleteObject"), get},
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
			if p.Topic == "" || p.Empty == "" || len(p.Evidence) == 0 || len(p.Name) > 26 || !strings.HasSuffix(p.Question, "?") && p.Name != "self-copy-rewrite" {
				t.Error("a topic, how to read an empty answer, evidence, a name of at most 26 characters and a question are wanted")
			}
		})
	}
	if len(all) != len(cases) {
		t.Errorf("%d presets, %d in the table", len(all), len(cases))
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
