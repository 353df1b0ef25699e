package recording

import (
	"fmt"
	"slices"
	"strings"
)

// bucket tells of one bucket: its access logging with its target, the trails that record its data
// events, and what becomes of its objects.
func (e *examiner) bucket(name string) {
	region := e.regionOf(name)
	e.say(e.get("GetBucketLocation", name), "region", Note, region, "its data events are in the files of this Region")
	e.logging(name, region)
	e.trailsFor(name, region)
	e.encryption(name)
	e.protection(name)
	e.public(name)
}

func (e *examiner) logging(name, region string) {
	r := e.get("GetBucketLogging", name)
	to := targetOf(r)
	if to.TargetBucket == "" {
		e.say(r, "access logging", Bad, "off", "no access log is made of it; whether one was made before, this does not tell")
		return
	}
	how := "simple names"
	if p := to.TargetObjectKeyFormat.PartitionedPrefix; p != nil {
		how = "names by " + p.PartitionDateSource
	}
	e.say(r, "access logging", Good, fmt.Sprintf("to %s/%s, %s", to.TargetBucket, to.TargetPrefix, how),
		"requests are logged from some hours after it was switched on, best effort; since when, this does not tell")
	e.target(to.TargetBucket, to.TargetPrefix, name, region)
}

// ofTarget begins the topics about a bucket that access logs go to.
const ofTarget = "target of access logs: "

// target is where GetBucketLogging says that access logs go.
type target struct {
	TargetBucket, TargetPrefix string
	TargetObjectKeyFormat      struct {
		PartitionedPrefix *struct{ PartitionDateSource string }
	}
}

func targetOf(r Reply) target {
	var out struct{ LoggingEnabled target }
	r.into(&out)
	return out.LoggingEnabled
}

// target tells whether the access logs of a bucket can be delivered (Amazon S3 User Guide, "Enabling
// Amazon S3 server access logging" and "Permissions for server access log delivery").
func (e *examiner) target(name, prefix, source, region string) {
	at := e.get("GetBucketLocation", name)
	switch here := e.regionOf(name); {
	case here != region && here != "" && region != "":
		e.say(at, ofTarget+"region", Bad, here, "logs go only to a bucket of the same Region")
	default:
		e.say(at, ofTarget+"region", Good, here, "the same Region, as it must be")
	}
	e.delivery(name, prefix, source)
	r := e.get("GetBucketEncryption", name)
	d := defaultOf(r)
	switch {
	case strings.Contains(d.SSEAlgorithm, "kms"):
		e.say(r, ofTarget+"encryption", Bad, d.text(), "S3 does not deliver access logs into a bucket whose default is KMS")
		e.key(d.KMSMasterKeyID, "logging.s3.amazonaws.com")
	default:
		e.say(r, ofTarget+"encryption", Good, d.text(), "logs can be delivered")
	}
	if name != source {
		e.store(ofTarget, name)
	}
}

// delivery tells whether the logging service may write into the target.
func (e *examiner) delivery(name, prefix, source string) {
	const topic = ofTarget + "permission"
	r := e.get("GetBucketPolicy", name)
	asked := request{service: "logging.s3.amazonaws.com", action: "s3:PutObject", resource: "arn:aws:s3:::" + name + "/" + prefix + "x", context: map[string]string{
		"aws:sourcearn": "arn:aws:s3:::" + source, "aws:securetransport": "true", "aws:principalisawsservice": "true"}}
	if e.Account != "" {
		asked.context["aws:sourceaccount"] = e.Account
	}
	switch p, sid, ok := e.policy(r, asked); {
	case r.Unread():
		e.say(r, topic, Unread, "", "")
	case !ok && r.Error == "":
		e.say(r, topic, Unread, "the policy cannot be read", "whether the logging service may write is not known")
	case p == allowed:
		e.say(r, topic, Good, "policy statement "+quoted(sid), "lets the logging service write")
	case p == denied:
		e.say(r, topic, Bad, "policy statement "+quoted(sid), "keeps the logging service from writing: no logs arrive")
	case p == perhaps:
		e.say(r, topic, Note, "policy statement "+quoted(sid), "has a condition that is not judged here; the last log that arrived tells")
	default:
		e.byACL(name, topic)
	}
}

// byACL is the older way to let the logging service write; it ends where ACLs are off.
func (e *examiner) byACL(name, topic string) {
	var owner struct {
		OwnershipControls struct {
			Rules []struct{ ObjectOwnership string }
		}
	}
	own := e.get("GetBucketOwnershipControls", name)
	own.into(&owner)
	for _, r := range owner.OwnershipControls.Rules {
		if r.ObjectOwnership == "BucketOwnerEnforced" {
			e.say(own, topic, Bad, "no policy statement, and ACLs are off", "the logging service may not write: no logs arrive")
			return
		}
	}
	var acl struct {
		Grants []struct {
			Grantee    struct{ URI string }
			Permission string
		}
	}
	r := e.get("GetBucketAcl", name)
	r.into(&acl)
	for _, g := range acl.Grants {
		if strings.HasSuffix(g.Grantee.URI, "/groups/s3/LogDelivery") && (g.Permission == "WRITE" || g.Permission == "FULL_CONTROL") {
			e.say(r, topic, Good, "ACL: LogDelivery "+g.Permission, "lets the logging service write")
			return
		}
	}
	e.say(r, topic, Bad, "neither a policy statement nor a grant", "the logging service may not write: no logs arrive")
}

// policy reads the policy text of a reply.
func (e *examiner) policy(r Reply, q request) (permission, string, bool) {
	var out struct{ Policy string }
	if !r.into(&out) {
		return notAllowed, "", false
	}
	return decide(out.Policy, q)
}

func quoted(sid string) string {
	if sid == "" {
		return "without a name"
	}
	return sid
}

// serverSide is a bucket's default encryption.
type serverSide struct {
	SSEAlgorithm, KMSMasterKeyID string
	blocked                      []string
	told                         bool
}

func defaultOf(r Reply) serverSide {
	var out struct {
		ServerSideEncryptionConfiguration struct {
			Rules []struct {
				ApplyServerSideEncryptionByDefault serverSide
				BlockedEncryptionTypes             struct{ EncryptionType []string }
			}
		}
	}
	r.into(&out)
	for _, rule := range out.ServerSideEncryptionConfiguration.Rules {
		d := rule.ApplyServerSideEncryptionByDefault
		d.blocked, d.told = rule.BlockedEncryptionTypes.EncryptionType, true
		return d
	}
	return serverSide{}
}

func (d serverSide) text() string {
	if d.SSEAlgorithm == "" {
		return "none told"
	}
	return strings.TrimSpace(d.SSEAlgorithm + " " + d.KMSMasterKeyID)
}

func (e *examiner) encryption(name string) {
	r := e.get("GetBucketEncryption", name)
	d := defaultOf(r)
	e.say(r, "default encryption", Note, d.text(), "writes that ask for nothing get this, from now on; access logs do not tell it")
	switch {
	case r.Unread():
	case slices.Contains(d.blocked, "SSE-C"):
		e.say(r, "blocked encryption types", Good, strings.Join(d.blocked, ", "), "nobody can rewrite objects with a key that AWS does not hold")
	default:
		e.say(r, "blocked encryption types", Note, orWord(strings.Join(d.blocked, ", "), "none"), "SSE-C is open: objects can be rewritten with a key that AWS does not hold")
	}
	if strings.Contains(d.SSEAlgorithm, "kms") {
		e.key(d.KMSMasterKeyID, "")
	}
}

// protection tells whether what was overwritten or deleted can still be there.
func (e *examiner) protection(name string) { e.store("", name) }

// store tells what keeps the objects of a bucket; prefix names what the bucket is to another.
func (e *examiner) store(prefix, name string) {
	if e.looked["store "+name] {
		return
	}
	e.looked["store "+name] = true
	r := e.get("GetBucketVersioning", name)
	var v struct{ Status, MFADelete string }
	r.into(&v)
	switch v.Status {
	case "Enabled":
		e.say(r, prefix+"versioning", Good, v.Status, "overwritten and deleted objects are still there as old versions, unless a version or a lifecycle rule removed them")
	case "Suspended":
		e.say(r, prefix+"versioning", Bad, v.Status, "what is overwritten now is gone; older versions are still there. When it was suspended, PutBucketVersioning tells")
	default:
		e.say(r, prefix+"versioning", Bad, "never enabled", "what is overwritten or deleted is gone")
	}
	if !r.Unread() {
		if v.MFADelete == "Enabled" {
			e.say(r, prefix+"MFA delete", Good, v.MFADelete, "old versions can be removed only with an MFA device")
		} else {
			e.say(r, prefix+"MFA delete", Note, "off", "whoever may delete versions needs no MFA device for it")
		}
	}
	e.lock(prefix, name)
}

func (e *examiner) lock(prefix, name string) {
	r := e.get("GetObjectLockConfiguration", name)
	var out struct {
		ObjectLockConfiguration struct {
			ObjectLockEnabled string
			Rule              struct {
				DefaultRetention struct {
					Mode        string
					Days, Years int
				}
			}
		}
	}
	r.into(&out)
	c := out.ObjectLockConfiguration
	d := c.Rule.DefaultRetention
	long := fmt.Sprintf("%d days", d.Days)
	if d.Years > 0 {
		long = fmt.Sprintf("%d years", d.Years)
	}
	switch {
	case d.Mode != "" && prefix == ofTarget:
		e.say(r, prefix+"Object Lock", Bad, d.Mode+", "+long, "S3 does not deliver access logs into a bucket with a default retention")
	case c.ObjectLockEnabled != "Enabled":
		e.say(r, prefix+"Object Lock", Note, "off", "nothing keeps versions from being removed")
	case d.Mode != "":
		e.say(r, prefix+"Object Lock", Good, d.Mode+", "+long, "new versions cannot be removed for that time"+map[bool]string{true: ", except by those who may bypass it", false: ""}[d.Mode == "GOVERNANCE"])
	default:
		e.say(r, prefix+"Object Lock", Note, "on, without a default retention", "only objects that were locked one by one are kept")
	}
}

func (e *examiner) public(name string) {
	r := e.get("GetPublicAccessBlock", name)
	var out struct {
		PublicAccessBlockConfiguration map[string]any
	}
	r.into(&out)
	var off []string
	for _, switched := range []string{"BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"} {
		if out.PublicAccessBlockConfiguration[switched] != true {
			off = append(off, switched)
		}
	}
	if len(off) == 0 {
		e.say(r, "public access block", Good, "all four", "policies and ACLs open it to nobody now; whether they did before, this does not tell")
	} else {
		e.say(r, "public access block", Bad, "off: "+strings.Join(off, ", "), "a policy or ACL can open it to everybody; the account's own block was not asked for")
	}
	s := e.get("GetBucketPolicyStatus", name)
	var status struct{ PolicyStatus struct{ IsPublic bool } }
	s.into(&status)
	if status.PolicyStatus.IsPublic {
		e.say(s, "policy status", Bad, "public", "its policy lets everybody in; anonymous requests are in access logs, and in CloudTrail only as data events")
	} else {
		e.say(s, "policy status", Good, "not public", "its policy names no public; ACLs are not judged by this")
	}
}

func orWord(s, word string) string {
	if s == "" {
		return word
	}
	return s
}
