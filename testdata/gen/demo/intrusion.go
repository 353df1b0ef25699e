package demo

import (
	"fmt"
	"time"

	"trailsift/testdata/gen/activity"
)

// instanceTheft: the credentials of a web server are used from an address outside AWS, and one of
// the files they open holds the access key of the next scene.
func (w *world) instanceTheft() {
	t := at(2, 21, 12, 3)
	j := &work{w: w, d: w.dice("instance"), actor: webApp(t), ip: thiefIP, agent: "python-requests/2.31.0", clock: t}
	j.call(prod, euwest, "sts.amazonaws.com", "GetCallerIdentity", nil, nil)
	j.deniedListing()
	j.list(web, "config/")
	files := []string{"config/site.json", "config/nginx.conf", "config/deploy/.env", "config/deploy/hosts.ini"}
	for i := range 14 {
		files = append(files, fmt.Sprintf("config/tls/site-%02d.pem", i+1))
	}
	for _, f := range files {
		j.get(web, f)
		w.count("instance-role-gets", 1)
	}
}

func (j *work) deniedListing() {
	r := j.request("ListBuckets", "", "")
	r.Account, r.Region = prod, useast
	refuse(&r, "ListAllMyBuckets")
	j.tell(r)
	j.w.count("denied-enumeration", 1)
}

// leakedKey: denied at first, then a prefix is listed and taken away.
func (w *world) leakedKey() {
	t := at(4, 2, 10, 11)
	j := &work{w: w, d: w.dice("leaked"), actor: leaked, ip: intruderIP, agent: intruderTool, clock: t}
	j.wrongSecret()
	j.call(prod, useast, "sts.amazonaws.com", "GetCallerIdentity", nil, nil)
	j.deniedListing()
	for _, b := range []string{web, lakeStore} {
		k := *j
		if b == lakeStore {
			k.actor = leaked.Stranger()
		}
		k.denied("HeadBucket", b, "")
		w.count("denied-enumeration", 1)
	}
	j.refusedCall("iam.amazonaws.com", "ListUsers", nil)
	j.refusedCall("iam.amazonaws.com", "CreateAccessKey", object{{Name: "userName", Value: "dana.reyes"}})
	for i := range 25 {
		j.denied("GetObject", finance, fmt.Sprintf("payroll/2026/%02d.xlsx", i+1))
		w.count("leaked-key-denied-gets", 1)
	}
	j.list(finance, "reports/")
	j.list(finance, "reports/2026 q1/")
	for i := range 200 {
		fact := "leaked-key-gets-both-logs"
		if i >= 90 && i < 102 {
			w.part, fact = "missing", "leaked-key-gets-access-log-only"
		}
		w.count("leaked-key-bytes", j.get(finance, statement(i)))
		w.part = ""
		w.count(fact, 1)
		j.decrypt(finance, statement(i))
	}
}

// wrongSecret is a key id with a guessed secret: refused before CloudTrail looks.
func (j *work) wrongSecret() {
	j.w.noTrail = true
	for range 6 {
		r := j.request("GetObject", finance, statement(0))
		r.Actor = activity.Anonymous
		r.Error, r.Status, r.Out = "SignatureDoesNotMatch", 403, 1187
		j.tell(r)
		j.w.count("failed-authentication", 1)
	}
	j.w.noTrail = false
}

func (j *work) refusedCall(source, name string, params object) {
	r := j.request(name, "", "")
	r.Account, r.Region, r.Source, r.Params = prod, useast, source, params
	r.Error = "AccessDenied"
	r.Message = "User: " + j.actor.ARN + " is not authorized to perform: iam:" + name
	j.tell(r)
}

// copiesAway: the key assumes a role, and the role's session copies objects to a bucket of an
// account that nobody at Acme knows. Only the source's half is logged here.
func (w *world) copiesAway() {
	t := at(5, 3, 5, 0)
	j := &work{w: w, d: w.dice("copies"), actor: leaked, ip: intruderIP, agent: intruderTool, clock: t}
	session := intruderSession(t)
	assume(j, session)
	j.actor = session
	for i := range 30 {
		key := statement(200 + i)
		r := j.request("CopyObject", "xfer-drop-7731", key)
		r.Account, r.Region, r.Owner = prod, useast, stranger
		r.CopySource, r.SourceOwner = finance+"/"+key, prod
		r.Size, r.Out = size(finance, key), 234
		byDefault.on(&r)
		j.tell(r)
		w.count("copies-to-foreign-account", 1)
	}
}

const euTrail = "arn:aws:cloudtrail:eu-west-1:" + prod + ":trail/acme-eu"

// trailStopped: CloudTrail is silenced in one region for five hours; what happens meanwhile stands in
// the access log alone.
func (w *world) trailStopped() {
	d := w.dice("stopped")
	j := &work{w: w, d: d, actor: intruderSession(at(6, 1, 2, 0)), ip: intruderIP, agent: intruderTool, clock: at(6, 1, 20, 0)}
	for _, c := range []string{"DescribeTrails", "GetTrailStatus"} {
		j.call(prod, euwest, "cloudtrail.amazonaws.com", c, object{{Name: "name", Value: euTrail}}, nil)
	}
	j.clock = stopped.from.Add(-12 * time.Second)
	j.call(prod, euwest, "cloudtrail.amazonaws.com", "StopLogging", object{{Name: "name", Value: euTrail}}, nil)
	j.clock = at(6, 1, 48, 0)
	list := j.request("ListObjectVersions", web, "")
	list.Shape.OnlyPrefix, list.Out = true, 81_022
	j.tell(list)
	for i := range 24 {
		if i == 1 {
			j.clock = at(6, 2, 5, 0) // one object was the test
		}
		r := j.request("DeleteObject", web, fmt.Sprintf("img/product-%04d.jpg", 17+i*11))
		r.Version = d.Text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._", 32)
		r.Size = size(web, r.Key)
		j.tell(r)
		w.count("versions-deleted-while-stopped", 1)
	}
	for i := range 15 {
		j.get(web, fmt.Sprintf("config/tls/site-%02d.pem", i+1))
		w.count("gets-while-stopped", 1)
	}
	j.clock = stopped.to
	j.call(prod, euwest, "cloudtrail.amazonaws.com", "StartLogging", object{{Name: "name", Value: euTrail}}, nil)
}
