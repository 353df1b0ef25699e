package cli

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"testing"
)

// asked is one preset with its parameters, and a line that its answer must hold as CSV; a line of
// digits is the number of the answer instead.
type asked struct {
	preset string
	params []string
	want   string
}

// realStories are what the READMEs of the real public logs tell, found by presets alone.
var realStories = map[string][]asked{
	"cloudtrail-sans504": {
		{"bucket-enumeration", nil, "arn:aws:iam::342082656213:user/jmerckle,ListBuckets,denied,1"},
		{"bucket-enumeration", nil, "arn:aws:iam::342082656213:user/jmerckle,ListBuckets,ok,1"},
		{"persistence", []string{"actor=*jmerckle"}, "arn:aws:iam::342082656213:user/jmerckle,PutUserPolicy,3.238.12.183,1"},
		{"persistence", []string{"actor=*jmerckle"}, "arn:aws:iam::342082656213:user/jmerckle,CreateAccessKey,3.238.12.183,1"},
		{"failed-writes", nil, "AccessDenied,delivery.logs.amazonaws.com,792"},
		{"failed-writes", nil, "InternalError,cloudtrail.amazonaws.com,1"},
		{"unencrypted-writes", nil, "0"},
		{"header-vs-default", nil, "sse-kms,cloudtrail.amazonaws.com,falsimentis-log,214"},
		{"header-vs-default", nil, "sse-s3,cloudtrail.amazonaws.com,falsimentis-log,210"},
		{"actor-activity", nil, "2700"},
		{"actor-activity", []string{"actor=*jmerckle"}, "2021-07-29T13:03:25Z,cloudtrail,ListBuckets,,denied,3.238.12.183"},
		{"actor-activity", []string{"actor=*jmerckle"}, "2021-07-29T13:06:49Z,cloudtrail,PutUserPolicy,,ok,3.238.12.183"},
		{"actor-activity", []string{"actor=*jmerckle"}, "2021-07-29T13:07:12Z,cloudtrail,ListBuckets,,ok,3.238.12.183"},
		{"actor-activity", []string{"actor=*jmerckle"}, "2021-07-29T13:10:42Z,cloudtrail,CreateAccessKey,,ok,3.238.12.183"},
		{"redelivered-records", nil, "551"}, // by the second trail
		{"duplicates-and-conflicts", nil, "0"},
		{"access-denied-events", nil, "delivery.logs.amazonaws.com,HeadBucket,25"},
		{"top-error-codes", nil, "AccessDenied,PutObject,792"},
		{"service-writes", nil, "delivery.logs.amazonaws.com,falsimentis-log,PutObject,792"},
		{"delivery-reconciliation", nil, "missing,digest,falsimentis-log"},
	},
	"cloudtrail-invictus": {
		{"short-lifecycle", nil, "1"},
		{"short-lifecycle", nil, "PutBucketLifecycle"},
		{"logging-tampering", nil, "2023-07-10T12:08:04Z,DeleteTrail stratus-red-team-ctes-trail-qyxyekjbtk,DeleteTrail,ok"},
		{"lifecycle-rules", nil, "2"},
		{"buckets-deleted", nil, "2"},
		{"unusual-user-agents", nil, "stratus-red-team_4990da05-9399-449e-b49f-82996a764ec9"},
		{"get-requesters", nil, "0"},
		{"top-error-codes", nil, "ThrottlingException,DescribeParameters,18"}, // and ten of PutParameter
		{"top-error-codes", nil, "ThrottlingException,PutParameter,10"},
		{"permission-changes", nil, "PutBucketPolicy,,ok,192.168.10.20"},
		{"permission-changes", nil, "3"}, // two policies put, one deleted
	},
	"cloudtrail-otrf-ec2-proxy-s3": {
		{"instance-creds-outside", nil, "i-0317f6c6b66ae9c40,1.2.3.4,aws-cli/1.18.136 Python/3.8.5 Darwin/19.5.0 botocore/1.17.59,11"},
		{"get-requesters", nil, "arn:aws:sts::123456789123:assumed-role/MordorNginxStack-BankingWAFRole-9S3E0UAE1MM0/i-0317f6c6b66ae9c40,mordors3stack-s3bucket-llp2yingx64a,2"},
		{"object-timeline", []string{"object=*/ring.txt"}, "2"},
		{"bucket-enumeration", nil, "9"},
		{"object-timeline", []string{"object=*/ring.txt"}, "2020-09-14T01:02:34Z,cloudtrail,GetObject"},
		{"object-timeline", []string{"object=*/ring.txt"}, "2020-09-14T01:13:20Z,cloudtrail,GetObject"},
		{"bucket-enumeration", nil, "i-0317f6c6b66ae9c40,ListObjects,ok,7"},
		{"bucket-enumeration", nil, "i-0317f6c6b66ae9c40,ListBuckets,ok,2"},
		{"bytes-to-ip", []string{"ip=1.2.3.4"}, ",2,1,178,0,"}, // ring.txt, 89 bytes, twice
	},
	"cloudtrail-elastic": {
		{"copies-by-target", nil, "elastic-cspm-cloudtrail-test-bucket,000000000,arn:aws:iam::000000000:user/test@elastic.co,1"},
		{"encryption-breakdown", nil, "2024-10-08T00:00:00Z,sse-s3-default,elastic-cspm-cloudtrail-test-bucket,1,1,224,0,"},
		{"unencrypted-writes", nil, "bucket,test.json,not-reported,n/a"}, // the key stands in the resource's ARN only
		{"object-timeline", []string{"object=*/README.md"}, "1"},         // as the source of a copy
	},
	"s3-access-logs": {
		{"lifecycle-deletions", nil, "S3.EXPIRE.OBJECT"},
		{"weak-tls", nil, "TLSv1.1"},
		{"multi-object-deletes", nil, "BATCH.DELETE.OBJECT"},
		{"multi-object-deletes", nil, "arn:aws:iam::123456:user/test@elastic.co,BATCH.DELETE.OBJECT,test-s3-ks,1"},
		{"lifecycle-deletions", nil, "2025-03-25T00:00:00Z,S3.EXPIRE.OBJECT,flow-log-test,1"},
		{"redelivered-records", nil, "access,hadoop/"}, // two exact duplicates
		{"acl-required", nil, "flow-log-test,delivery.logs.amazonaws.com,1"},
		{"service-writes", nil, "delivery.logs.amazonaws.com,flow-log-test,PutObject,3"},
		{"anonymous-access", nil, "192.0.2.0,GetObject,ok,6"}, // of dandiarchive
		{"sigv2-requesters", nil, "S3Console/0.4,1"},
	},
}

// TestTheStoriesOfRealLogsAreFoundByPresets skips aloud where the logs are not at hand.
func TestTheStoriesOfRealLogsAreFoundByPresets(t *testing.T) {
	root := sharedEvidence(t)
	for set, questions := range realStories {
		t.Run(set, func(t *testing.T) {
			answers(t, openLoaded(t, filepath.Join(root, set)), questions)
		})
	}
}

// answers asks the questions of a case.
func answers(t *testing.T, d *demo, questions []asked) {
	t.Helper()
	for _, q := range questions {
		var out bytes.Buffer
		run := *d.p
		run.stdout = &out
		o := queryOptions{format: "csv", count: strings.Trim(q.want, "0123456789") == ""}
		if err := run.presetRun(context.Background(), d.session, q.preset, q.params, &o); err != nil {
			t.Errorf("%s: %v", q.preset, err)
		}
		if o.count && strings.TrimSpace(out.String()) != q.want || !strings.Contains(out.String(), q.want) {
			t.Errorf("%s %v: no %q in\n%.1500s", q.preset, q.params, q.want, out.String())
		}
	}
}

// testIncidents tells each incident of the demo by the questions an investigator asks of it, in that
// order.
func testIncidents(t *testing.T, d *demo) {
	leaked := "arn:aws:iam::111122223333:user/svc-backup-legacy"
	for incident, questions := range map[string][]asked{
		"exfiltration with a leaked key": {
			{"failed-authentication", nil, "203.0.113.66,SignatureDoesNotMatch"},
			{"most-denied-principals", nil, leaked + ",AccessDenied"},
			{"bulk-download", nil, "2026-03-06T02:10:00Z," + leaked + ",203.0.113.66"},
			{"access-key-usage", []string{"key=AKIAQ7DEMOLEAKEDKEY1"}, "313"},
			{"exfiltration", []string{"actor=" + leaked}, "acme-finance,reports/2026 q1/"},
			{"only-in-access-log", nil, "acme-finance,GetObject," + leaked},
			{"role-switches", nil, leaked + ",AssumeRole"},
		},
		"ransom by re-encryption": {
			{"sse-c-refused", nil, "3"},
			{"sse-c-unblocked", nil, leaked + ",acme-finance,1"},
			{"versioning-suspended", nil, "1"},
			{"short-lifecycle", nil, "1"},
			{"self-copy-rewrite", nil, leaked + ",acme-finance,sse-c,60"},
			{"foreign-kms-key", nil, ":999900001111:key/"},
			{"ransom-note", nil, "2"},
			{"lifecycle-deletions", nil, "2026-03-14T00:00:00Z,S3.EXPIRE.OBJECT,acme-finance,40"},
		},
		"a public bucket": {
			{"public-exposure", nil, "acme-web,2026-03-10T09:12:16Z,2026-03-10T17:40:07Z"},
			{"public-exposure", nil, ",156,0,"},
			{"permission-changes", nil, "PutBucketPolicy"},
			{"anonymous-success", nil, "156"},
		},
		"an insider": {
			{"bulk-download", nil, "m.okafor"},
			{"compare-actors", []string{"actor=dana.reyes", "other=m.okafor"}, "prefix,new,acme-lake/hr/,0,"},
			{"presigned-url-use", nil, "198.51.100.41"},
			{"ip-not-in-allowlist", nil, "203.0.113.190"},
		},
		"logs tampered with": {
			{"logging-tampering", nil, "2026-03-08T01:26:33Z,trail arn:aws:cloudtrail:eu-west-1:111122223333:trail/acme-eu was stopped,StopLogging,ok"},
			{"altered-evidence", nil, "13"},
			{"duplicates-and-conflicts", nil, "2"},
			{"delivery-reconciliation", nil, "2"}, // log files; digests stand apart
			{"delivery-reconciliation", nil, "other-size,log,acme-audit-logs,AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/11/111122223333_CloudTrail_us-east-1_20260311T0312Z_"},
			{"delivery-reconciliation", nil, "missing,log,acme-audit-logs,AWSLogs/111122223333/CloudTrail/us-west-2/"},
			{"redelivered-records", nil, "9"},
			{"data-access-gap", nil, "cloudtrail,"},
		},
		"versions deleted": {
			{"versions-deleted", nil, "acme-web,24"},
			{"versions-deleted", nil, leaked + ",acme-finance,7"},
			{"multi-object-deletes", nil, "BATCH.DELETE.OBJECT,acme-finance,70"},
			{"bulk-delete", nil, "acme-finance"},
		},
		"copies to another account": {
			{"copy-to-foreign-bucket", nil, "xfer-drop-7731,999900001111,30"},
			{"cross-account-access", nil, "xfer-drop-7731"},
		},
		"an instance's credential": {
			{"instance-creds-outside", nil, "i-0a1b2c3d4e5f60789,198.51.100.23,python-requests"},
			{"role-sessions", nil, "i-0a1b2c3d4e5f60789,198.51.100.23"},
			{"sensitive-keys", []string{"patterns=*.env"}, "GetObject"},
		},
	} {
		t.Run(incident, func(t *testing.T) { answers(t, d, questions) })
	}
}
