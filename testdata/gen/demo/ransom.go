package demo

import (
	"fmt"

	"trailsift/testdata/gen/activity"
	"trailsift/testdata/gen/dice"
)

// ransom: objects are rewritten in place with a key only the intruder has, backups are deleted, and
// a note is left.
func (w *world) ransom() {
	j := &work{w: w, d: w.dice("ransom"), actor: leaked, ip: intruderIP, agent: intruderTool, clock: at(9, 3, 0, 0)}
	for i := range 3 {
		r := j.selfCopy(statement(i))
		r.SSE, r.Response = "", nil
		refuse(&r, "PutObject")
		j.tell(r)
		w.count("sse-c-refused", 1)
		w.count("enc-failed-writes", 1)
	}
	j.unprotect()
	for i := range 60 {
		if i >= 30 && i < 40 {
			w.part = "altered"
		}
		told := j.tell(j.selfCopy(statement(i)))
		w.part = ""
		w.count("sse-c-rewrites", 1)
		if i == 0 {
			w.plant(told)
		}
	}
	j.foreignKey("ledger/master.db")
	for n := range 4 {
		j.oldBatch(n)
	}
	j.newBatch()
	j.perKeyBatch()
	for i := range 7 {
		r := j.request("DeleteObject", finance, statement(i))
		r.Version = j.d.Text(dice.Mixed, 32)
		r.Size = size(finance, r.Key)
		j.tell(r)
		w.count("versions-deleted-in-finance", 1)
	}
	for _, key := range []string{"!!! READ ME TO RESTORE YOUR FILES.txt", "reports/2026 q1/HOW_TO_DECRYPT.txt"} {
		j.put(finance, key, defaultKMS)
		w.count("ransom-notes", 1)
	}
}

func (j *work) selfCopy(key string) activity.Request {
	r := j.request("CopyObject", finance, key)
	r.CopySource, r.SourceOwner = finance+"/"+key, prod
	r.Size, r.Out = size(finance, key), 234
	customer.on(&r)
	return r
}

// unprotect takes away what would stop or undo the rewriting.
func (j *work) unprotect() {
	change := func(call string, params object) {
		r := j.request(call, finance, "")
		r.Params = params
		j.tell(r)
	}
	change("PutBucketEncryption", object{{Name: "ServerSideEncryptionConfiguration", Value: object{{Name: "Rule", Value: []object{{
		{Name: "ApplyServerSideEncryptionByDefault", Value: object{{Name: "SSEAlgorithm", Value: "aws:kms"}, {Name: "KMSMasterKeyID", Value: financeKey}}},
		{Name: "BlockedEncryptionTypes", Value: object{{Name: "EncryptionType", Value: []string{"NONE"}}}},
	}}}}}})
	change("PutBucketVersioning", object{{Name: "VersioningConfiguration", Value: object{{Name: "Status", Value: "Suspended"}}}})
	change("PutBucketLifecycle", object{{Name: "LifecycleConfiguration", Value: object{{Name: "Rule", Value: object{
		{Name: "ID", Value: "cleanup"}, {Name: "Status", Value: "Enabled"}, {Name: "Filter", Value: object{{Name: "Prefix", Value: "reports/"}}},
		{Name: "Expiration", Value: object{{Name: "Days", Value: 3}}},
	}}}}})
}

// foreignKey re-encrypts one object in place with a KMS key of a strange account. Its access-log
// line was never delivered.
func (j *work) foreignKey(key string) {
	r := j.request("UpdateObjectEncryption", finance, key)
	r.Params = object{{Name: "ObjectEncryption", Value: object{{Name: "SSE-KMS", Value: object{{Name: "KMSKeyArn", Value: intruderKey}, {Name: "BucketKeyEnabled", Value: false}}}}}}
	j.w.noLine = true
	j.tell(r)
	j.w.noLine = false
	j.w.count("re-encrypted-with-foreign-key", 1)
}

func (j *work) batch(params object, named []string) activity.Request {
	r := j.request("DeleteObjects", finance, "")
	r.Params, r.Shape.NamedResources = params, named
	r.Shape.OnlyPrefix, r.In, r.Out = true, 1_800, 3_900
	return j.tell(r)
}

func (j *work) batchLines(r activity.Request, keys []string) {
	for _, k := range keys {
		j.w.lines = append(j.w.lines, r.BatchDelete(k, "", size(finance, k), tail(j.d, r.Time)))
		j.w.count("batch-deleted-keys", 1)
	}
}

func snapshots(first, n int) []string {
	var keys []string
	for i := range n {
		at := start.AddDate(0, 0, (first+i)/8)
		keys = append(keys, fmt.Sprintf("backups/etcd/%s/node-%d.snap", at.Format("2006-01-02"), (first+i)%8+1))
	}
	return keys
}

// oldBatch is a multi-object delete as CloudTrail told it for years: without the keys.
func (j *work) oldBatch(n int) {
	j.w.count("batch-calls-without-keys", 1)
	j.batchLines(j.batch(nil, nil), snapshots(n*12, 12))
}

// newBatch names its keys in the record.
func (j *work) newBatch() {
	keys := snapshots(48, 12)
	var list []object
	for _, k := range keys {
		list = append(list, object{{Name: "key", Value: k}})
	}
	r := j.batch(object{{Name: "objects", Value: list}}, keys)
	j.batchLines(r, keys)
	j.w.count("batch-keys-named-in-record", int64(len(keys)))
}

// perKeyBatch is followed by one event a key under the same request id.
func (j *work) perKeyBatch() {
	keys := snapshots(60, 10)
	r := j.batch(nil, nil)
	j.batchLines(r, keys)
	for _, k := range keys {
		e := r
		e.Call, e.Key, e.Params, e.Shape.OnlyPrefix = "DeleteObject", k, nil, false
		e.EventID, e.In, e.Out = j.d.UUID(), 0, 0
		j.w.record(&e)
		j.w.count("batch-keys-as-events", 1)
	}
}

// plant keeps forged records that blame somebody else. The first takes the event id of a genuine
// one.
func (w *world) plant(genuine activity.Request) {
	d := w.dice("planted")
	for i := range 3 {
		r := genuine
		r.Actor, r.IP, r.Agent = dana(genuine.Time), officeIP, consoleAgent
		if i > 0 {
			r.EventID, r.ID, r.HostID = d.UUID(), d.Text(dice.Upper, 16), d.Text(dice.Mixed, 63)+"="
			r.Key = statement(i)
			r.CopySource = finance + "/" + r.Key
		}
		w.records[place{prod, useast}] = append(w.records[place{prod, useast}], entry{r.Time, "planted", r.CloudTrail(nil)})
	}
	w.count("event-id-conflicts", 1)
	w.count("planted-records", 3)
}

// expiry: three days after the lifecycle change S3 itself removes objects; nobody calls anything.
func (w *world) expiry() {
	d := w.dice("expiry")
	for i := range 50 {
		op, fact := "S3.EXPIRE.OBJECT", "lifecycle-expired"
		if i >= 40 {
			op, fact = "S3.CREATE.DELETEMARKER", "lifecycle-delete-markers"
		}
		key := statement(100 + i)
		w.lines = append(w.lines, activity.Lifecycle(op, finance, key, d.Text(dice.Mixed, 32), size(finance, key), at(12, 1, d.N(50), d.N(60)), d.Text(dice.Upper, 16), d.Text(dice.Mixed, 64)))
		w.count(fact, 1)
	}
}
