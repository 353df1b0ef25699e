package recording

import (
	"fmt"
	"strings"
)

// described is a trail's settings, by GetTrail or DescribeTrails.
type described struct {
	Name, TrailARN, HomeRegion, S3BucketName, S3KeyPrefix, KmsKeyId          string
	IsMultiRegionTrail, IsOrganizationTrail, LogFileValidationEnabled        bool
	IncludeGlobalServiceEvents, HasCustomEventSelectors, HasInsightSelectors bool
}

// trailsFor tells which trails record the data events of a bucket.
func (e *examiner) trailsFor(bucket, region string) {
	if region == "" {
		return // which trails could, nobody can tell
	}
	arns, r := e.trailsOf(region)
	if r.Unread() {
		e.say(r, "trails", Unread, "", "")
		return
	}
	kept, sure := KeptNone, true
	for _, arn := range arns {
		t := e.trail(arn, nil)
		k := e.keeps(t, bucket)
		running := t.Running == nil || *t.Running
		sure = sure && t.Selectors != nil
		if running {
			kept = max(kept, k)
		}
	}
	about := Reply{Call: r.Call, About: bucket, Asked: r.Asked, Origin: r.Origin}
	value := fmt.Sprintf("%d trails can record its Region", len(arns))
	if len(arns) == 1 {
		value = "1 trail can record its Region"
	}
	switch {
	case kept == KeptAll:
		e.say(about, "data events", Good, value, "a running trail keeps all of its data events; since when, this does not tell")
	case kept == KeptSome:
		e.say(about, "data events", Note, value, "running trails keep a part of its data events: reads or writes, some prefixes or operations")
	case !sure:
		e.say(about, "data events", Unread, value, "not every trail's selectors could be read")
	default:
		e.say(about, "data events", Bad, value, "no running trail keeps its data events: reads and writes of its objects are in no CloudTrail file of this account from now on")
	}
}

// trail tells of one trail once, and of its selectors for each bucket that is named.
func (e *examiner) trail(arn string, buckets []string) Trail {
	t := Trail{ARN: arn}
	t.Region, _, _, _ = ParseTrail(arn)
	r, d := e.describe(arn)
	t.Bucket = d.S3BucketName
	status := e.get("GetTrailStatus", arn)
	var s trailStatus
	if status.into(&s) {
		t.Running, t.Asked = s.IsLogging, status.Asked
	}
	chosen := e.get("GetEventSelectors", arn)
	var selectors map[string]any
	if chosen.into(&selectors) {
		t.Selectors, t.Asked = selectors, chosen.Asked
	}
	if e.looked[arn] {
		return t
	}
	e.looked[arn] = true
	e.Trails = append(e.Trails, t)
	e.tellTrail(r, d)
	e.tellStatus(status, s)
	if d.LogFileValidationEnabled {
		e.say(r, "log file validation", Good, "on", "digests prove its files while it is on; since when, the digests tell")
	} else {
		e.say(r, "log file validation", Bad, "off", "no digests are made: nothing will prove its files. Whether there were digests before, the bucket tells")
	}
	e.tellSelectors(chosen, t, buckets)
	if d.KmsKeyId != "" {
		e.say(r, "encryption of log files", Note, d.KmsKeyId, "whoever reads the files needs kms:Decrypt on this key")
		e.key(d.KmsKeyId, "cloudtrail.amazonaws.com")
	}
	e.logBucket(t, d)
	return t
}

// describe finds a trail's settings: asked for by name, or in the list of its Region.
func (e *examiner) describe(arn string) (Reply, described) {
	for _, r := range e.Replies {
		var out struct{ TrailList []described }
		if r.Call == "DescribeTrails" && r.into(&out) {
			for _, d := range out.TrailList {
				if d.TrailARN == arn {
					r.About = arn
					return r, d
				}
			}
		}
	}
	r := e.get("GetTrail", arn)
	var out struct{ Trail described }
	r.into(&out)
	return r, out.Trail
}

func (e *examiner) tellTrail(r Reply, d described) {
	var kinds []string
	for _, k := range []struct {
		is   bool
		word string
	}{{d.IsMultiRegionTrail, "all Regions"}, {!d.IsMultiRegionTrail, "one Region"}, {d.IsOrganizationTrail, "the whole organization"}} {
		if k.is {
			kinds = append(kinds, k.word)
		}
	}
	e.say(r, "trail", Note, strings.Join(kinds, ", "), "files go to "+orWord(d.S3BucketName+"/"+d.S3KeyPrefix, "/")+map[bool]string{true: "", false: "; its home Region is " + d.HomeRegion}[d.HomeRegion == ""])
}

// trailStatus is GetTrailStatus's answer.
type trailStatus struct {
	IsLogging                                             *bool
	LatestDeliveryError, LatestDigestDeliveryError        string
	LatestDeliveryTime, StartLoggingTime, StopLoggingTime Moment
}

func (e *examiner) tellStatus(r Reply, s trailStatus) {
	switch {
	case s.IsLogging == nil:
		e.say(r, "logging", Unread, "not told", "whether it runs is not known")
	case *s.IsLogging:
		e.say(r, "logging", Good, "on, started "+s.StartLoggingTime.text(), "it runs; earlier stops are in CloudTrail's StopLogging events")
	default:
		e.say(r, "logging", Bad, "off, stopped "+s.StopLoggingTime.text(), "nothing is recorded by it")
	}
	if s.LatestDeliveryError != "" {
		e.say(r, "delivery of log files", Bad, s.LatestDeliveryError+", last delivered "+s.LatestDeliveryTime.text(), "log files do not arrive")
	}
	if s.LatestDigestDeliveryError != "" {
		e.say(r, "delivery of digests", Bad, s.LatestDigestDeliveryError, "digests do not arrive: nothing proves the log files")
	}
}

func (e *examiner) tellSelectors(r Reply, t Trail, buckets []string) {
	switch kind := Management(t.Selectors); kind {
	case "all":
		e.say(r, "management events", Good, kind, "changes of settings and identities are recorded")
	case "none":
		e.say(r, "management events", Bad, kind, "changes of settings and identities are not recorded by it")
	default:
		e.say(r, "management events", Note, kind, "the other half of management events is not recorded by it")
	}
	if r.Unread() {
		return
	}
	for _, b := range buckets {
		e.say(r, "data events of "+b, map[Kept]Level{KeptNone: Bad, KeptSome: Note, KeptAll: Good}[Keeps(t.Selectors, b)], keptWords[Keeps(t.Selectors, b)], "of this trail, from now on")
	}
}

var keptWords = map[Kept]string{KeptNone: "not selected", KeptSome: "a part is selected", KeptAll: "selected"}

func (e *examiner) keeps(t Trail, bucket string) Kept {
	if t.Selectors == nil {
		return KeptNone
	}
	return Keeps(t.Selectors, bucket)
}

// logBucket tells whether CloudTrail may write where its files go, and what keeps them there.
func (e *examiner) logBucket(t Trail, d described) {
	if t.Bucket == "" || e.looked["logs "+t.Bucket] {
		return
	}
	e.looked["logs "+t.Bucket] = true
	_, account, _, _ := ParseTrail(t.ARN)
	r := e.get("GetBucketPolicy", t.Bucket)
	const topic = "bucket of the trail: permission"
	p, sid, ok := e.policy(r, request{service: "cloudtrail.amazonaws.com", action: "s3:PutObject",
		resource: "arn:aws:s3:::" + t.Bucket + "/" + strings.TrimPrefix(d.S3KeyPrefix+"/", "/") + "AWSLogs/" + account + "/CloudTrail/x",
		context:  map[string]string{"aws:sourcearn": t.ARN, "aws:sourceaccount": account, "s3:x-amz-acl": "bucket-owner-full-control", "aws:securetransport": "true", "aws:principalisawsservice": "true"}})
	switch {
	case r.Unread():
		e.say(r, topic, Unread, "", "")
	case r.Error == "" && !ok:
		e.say(r, topic, Unread, "the policy cannot be read", "whether CloudTrail may write is not known")
	case p == allowed:
		e.say(r, topic, Good, "policy statement "+quoted(sid), "lets CloudTrail write")
	case p == perhaps:
		e.say(r, topic, Note, "policy statement "+quoted(sid), "has a condition that is not judged here; the last delivery tells")
	default:
		e.say(r, topic, Bad, "no statement lets it", "CloudTrail may not write: no files arrive")
	}
	e.store("bucket of the trail: ", t.Bucket)
}

// key tells whether a KMS key can still be used and, where a service needs it, whether that may.
func (e *examiner) key(arn, service string) {
	if _, ok := ParseKey(arn); !ok || e.looked["key "+arn] {
		return // the key that AWS manages, or one named in a way that cannot be asked for
	}
	e.looked["key "+arn] = true
	r := e.get("DescribeKey", arn)
	var out struct {
		KeyMetadata struct {
			KeyState, KeyManager string
			DeletionDate         Moment
		}
	}
	r.into(&out)
	switch state := out.KeyMetadata.KeyState; state {
	case "Enabled":
		e.say(r, "KMS key: state", Good, state, "what is encrypted with it can be read by those who may")
	case "PendingDeletion", "PendingReplicaDeletion":
		e.say(r, "KMS key: state", Bad, state+", deleted at "+out.KeyMetadata.DeletionDate.text(), "after that nobody can read what is encrypted with it: cancel the deletion")
	default:
		e.say(r, "KMS key: state", Bad, orWord(state, "not told"), "what is encrypted with it cannot be read, and nothing can be written with it")
	}
	p := e.get("GetKeyPolicy", arn)
	if service == "" {
		e.say(p, "KMS key: policy", Note, "read", "it decides who can read; it is kept with the answers")
		return
	}
	switch may, sid, ok := e.policy(p, request{service: service, action: "kms:GenerateDataKey", context: map[string]string{}}); {
	case !ok && !p.Unread():
		e.say(p, "KMS key: policy", Unread, "the policy cannot be read", "whether "+service+" may use it is not known")
	case may == allowed, may == perhaps:
		e.say(p, "KMS key: policy", Good, "policy statement "+quoted(sid), "lets "+service+" encrypt, if its conditions hold")
	default:
		e.say(p, "KMS key: policy", Bad, "no statement lets it", service+" may not encrypt with it: nothing arrives")
	}
}
