package inquiry

import (
	"context"
	"slices"
	"strings"
	"time"

	"trailsift/model"
	"trailsift/model/answer"
)

// exactSteps is how many requests are put in order one by one; beyond it, hour by hour.
const exactSteps = 100_000

// stepKinds sort operations by what they are for. What is not listed goes by its name's first word.
var stepKinds = map[string]string{
	"listbuckets": "recon", "getcalleridentity": "recon", "headbucket": "recon", "listobjects": "recon", "listobjectversions": "recon",
	"getobject": "read", "selectobjectcontent": "read", "headobject": "read", "getobjecttorrent": "read", "rest.copy.object_get": "read", "rest.copy.part_get": "read",
	"putobject": "write", "postobject": "write", "copyobject": "write", "createmultipartupload": "write", "uploadpart": "write", "uploadpartcopy": "write",
	"completemultipartupload": "write", "abortmultipartupload": "write", "restoreobject": "write", "updateobjectencryption": "write",
	"deleteobject": "delete", "deleteobjects": "delete", "batch.delete.object": "delete", "deletebucket": "delete", "s3.expire.object": "delete",
	"s3.create.deletemarker": "delete", "putbucketlifecycle": "delete", "putbucketversioning": "delete",
	"putbucketpolicy": "permissions", "deletebucketpolicy": "permissions", "putbucketacl": "permissions", "putobjectacl": "permissions",
	"putbucketpublicaccessblock": "permissions", "deletebucketpublicaccessblock": "permissions", "putaccountpublicaccessblock": "permissions",
	"deleteaccountpublicaccessblock": "permissions", "putbucketencryption": "permissions", "deletebucketencryption": "permissions",
	"stoplogging": "logging", "startlogging": "logging", "deletetrail": "logging", "updatetrail": "logging", "createtrail": "logging", "puteventselectors": "logging",
	"putbucketlogging": "logging", "putinsightselectors": "logging",
	"assumerole": "identity", "assumerolewithsaml": "identity", "assumerolewithwebidentity": "identity", "getsessiontoken": "identity",
	"getfederationtoken": "identity", "createaccesskey": "identity", "createuser": "identity", "consolelogin": "identity", "attachuserpolicy": "identity",
	"putuserpolicy": "identity", "createloginprofile": "identity", "updateassumerolepolicy": "identity",
	"decrypt": "keys", "encrypt": "keys", "generatedatakey": "keys", "disablekey": "keys", "schedulekeydeletion": "keys", "creategrant": "keys", "putkeypolicy": "keys",
}

func stepKind(op string) string {
	op = strings.ToLower(op)
	if k, ok := stepKinds[op]; ok {
		return k
	}
	for _, p := range []string{"list", "get", "describe", "head"} {
		if strings.HasPrefix(op, p) {
			return "recon"
		}
	}
	return "other"
}

// ownKeyUse tells a call of KMS that S3 makes for a read or write of the same actor's: it is no step of
// its own.
func ownKeyUse(op, during string) bool {
	return op == "Decrypt" && (during == "read" || during == "write") || op == "GenerateDataKey" && during == "write"
}

// run is a step that is being built.
type run struct {
	kind  string
	ops   []string
	n, no int64
	span  spread
}

// timed is a call among the steps.
type timed struct {
	at     time.Time
	op, id string
	denied bool
	part   bool // it tells of a part of its request only
}

// halves are the rows that tell of a part of one request only.
type halves struct {
	ops    []string
	denied bool
	own    bool // a row of the request itself is there too
	told   bool // they went with a call
}

// steps puts the calls in order and folds runs of one kind. Neighbours within a second have no known
// order; kinds that alternate there make steps of their own. The totals are of q's requests.
func steps(ctx context.Context, s Source, q model.Query, sum answer.Totals) ([]answer.Step, bool, error) {
	var out []run
	add := func(ops []string, n, denied int64, first, last time.Time) {
		kind := stepKind(ops[0])
		if len(out) > 0 && ownKeyUse(ops[0], out[len(out)-1].kind) {
			kind = out[len(out)-1].kind
		}
		if len(out) == 0 || out[len(out)-1].kind != kind {
			out = append(out, run{kind: kind})
		}
		r := &out[len(out)-1]
		for _, op := range ops {
			if !slices.Contains(r.ops, op) {
				r.ops = append(r.ops, op)
			}
		}
		r.n, r.no = r.n+n, r.no+denied
		r.span.add(n, first, last)
	}
	var err error
	if sum.Rows > exactSteps {
		err = hourlySteps(ctx, s, q, add)
	} else {
		err = exactCalls(ctx, s, q, sum.Rows > sum.Requests, add)
	}
	told := []answer.Step{}
	for _, r := range out[:min(len(out), cardSteps)] {
		told = append(told, answer.Step{Kind: r.kind, Ops: r.ops, Count: r.n, Denied: r.no, First: moment(r.span.first), Last: moment(r.span.last)})
	}
	return told, len(out) > cardSteps, err
}

type addCalls func(ops []string, n, denied int64, first, last time.Time)

// exactCalls adds every call. Where rows tell of parts only, they go with the first row of their request.
func exactCalls(ctx context.Context, s Source, q model.Query, parts bool, add addCalls) error {
	fields := []model.Field{model.FieldTime, model.FieldOp, model.FieldOutcome}
	if parts {
		fields = append(fields, model.FieldRequestID, model.FieldFlags)
	}
	var calls []timed
	err := s.Stream(ctx, q, fields, 0, func(m model.Row) error {
		r := row{fields, m.Values}
		calls = append(calls, timed{r.time(), r.text(model.FieldOp), r.text(model.FieldRequestID), r.text(model.FieldOutcome) == model.Denied.String(), isPart(r)})
		return nil
	})
	if err != nil {
		return err
	}
	of := halvesOf(calls)
	for _, c := range calls {
		ops, h := []string{c.op}, of[c.id]
		if h != nil {
			if c.part && (h.own || h.told) {
				continue
			}
			if !h.told {
				ops, c.denied, h.told = append(ops, h.ops...), c.denied || h.denied, true
			}
		}
		denied := int64(0)
		if c.denied {
			denied = 1
		}
		add(ops, 1, denied, c.at, c.at)
	}
	return nil
}

// halvesOf are the parts among calls, by the ids of their requests.
func halvesOf(calls []timed) map[string]*halves {
	of := map[string]*halves{}
	for _, c := range calls {
		if c.id == "" || !c.part {
			continue
		}
		h := of[c.id]
		if h == nil {
			h = &halves{}
			of[c.id] = h
		}
		h.denied = h.denied || c.denied
		if !slices.Contains(h.ops, c.op) {
			h.ops = append(h.ops, c.op)
		}
	}
	for _, c := range calls {
		if h := of[c.id]; h != nil && !c.part {
			h.own = true
		}
	}
	return of
}

// hourlySteps takes the operations of each hour in the order of their first calls. Parts of requests are
// left out of an hour that has requests they can belong to.
func hourlySteps(ctx context.Context, s Source, q model.Query, add addCalls) error {
	lines, err := s.Tally(ctx, q, model.TallyBy{Fields: []model.Field{model.FieldOp}, Width: time.Hour, NoObjects: true, Parts: true})
	slices.SortStableFunc(lines, func(a, b model.Tally) int { return a.First.Compare(b.First) })
	type hour struct {
		op string
		at time.Time
	}
	have := map[hour]bool{}
	for _, t := range lines {
		op, _ := t.Values[0].(string)
		have[hour{op, t.Start}] = true
	}
	for _, t := range lines {
		op, _ := t.Values[0].(string)
		n := t.Calls()
		if have[hour{partLines[op], t.Start}] || op == "DeleteObject" && have[hour{"DeleteObjects", t.Start}] {
			n = t.Requests - t.Parts
		}
		if n > 0 {
			add([]string{op}, n, t.Denied, t.First, t.Last)
		}
	}
	return err
}
