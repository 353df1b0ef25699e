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

// steps puts the calls in order and folds runs of one kind. Neighbours within a second have no known
// order; kinds that alternate there make steps of their own.
func steps(ctx context.Context, s Source, q model.Query) ([]answer.Step, bool, error) {
	n, err := s.Count(ctx, q)
	if err != nil {
		return nil, false, err
	}
	var out []run
	add := func(op string, n, denied int64, first, last time.Time) {
		kind := stepKind(op)
		if len(out) > 0 && ownKeyUse(op, out[len(out)-1].kind) {
			kind = out[len(out)-1].kind
		}
		if len(out) == 0 || out[len(out)-1].kind != kind {
			out = append(out, run{kind: kind})
		}
		r := &out[len(out)-1]
		if !slices.Contains(r.ops, op) {
			r.ops = append(r.ops, op)
		}
		r.n, r.no = r.n+n, r.no+denied
		r.span.add(n, first, last)
	}
	if n > exactSteps {
		err = hourlySteps(ctx, s, q, add)
	} else {
		fields := []model.Field{model.FieldTime, model.FieldOp, model.FieldOutcome}
		err = s.Stream(ctx, q, fields, 0, func(m model.Row) error {
			r := row{fields, m.Values}
			denied := int64(0)
			if r.text(model.FieldOutcome) == model.Denied.String() {
				denied = 1
			}
			add(r.text(model.FieldOp), 1, denied, r.time(), r.time())
			return nil
		})
	}
	told := []answer.Step{}
	for _, r := range out[:min(len(out), cardSteps)] {
		told = append(told, answer.Step{Kind: r.kind, Ops: r.ops, Count: r.n, Denied: r.no, First: moment(r.span.first), Last: moment(r.span.last)})
	}
	return told, len(out) > cardSteps, err
}

// hourlySteps takes the operations of each hour in the order of their first calls.
func hourlySteps(ctx context.Context, s Source, q model.Query, add func(op string, n, denied int64, first, last time.Time)) error {
	lines, err := s.Tally(ctx, q, model.TallyBy{Fields: []model.Field{model.FieldOp}, Width: time.Hour, NoObjects: true})
	slices.SortStableFunc(lines, func(a, b model.Tally) int { return a.First.Compare(b.First) })
	for _, t := range lines {
		op, _ := t.Values[0].(string)
		add(op, t.Requests, t.Denied, t.First, t.Last)
	}
	return err
}
